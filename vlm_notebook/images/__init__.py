"""Any image in, exactly the bytes a model gets out."""
