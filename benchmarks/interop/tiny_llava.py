"""Save a LLaVA of about 150,000 random weights; runs where torch and transformers are.

python tiny_llava.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: "
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}<image>{% endif %}"
    "{% endfor %}{% endif %} {% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)
SIDE_PX, PATCH_PX, WIDTH = 32, 8, 32


def main(folder: Path) -> None:
    """Make the model and everything that belongs to it."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    torch.manual_seed(0)
    special = ["<unk>", "<s>", "</s>", "<pad>", "<image>"]
    letters = pre_tokenizers.ByteLevel.alphabet()
    vocabulary = {token: at for at, token in enumerate([*special, *sorted(letters)])}
    raw = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>"))  # noqa: S106 - no password
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    names = dict(zip(("unk_token", "bos_token", "eos_token", "pad_token"), special, strict=False))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, **names)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    layers = {"hidden_size": WIDTH, "intermediate_size": 64, "num_attention_heads": 4}
    text = LlamaConfig(
        vocab_size=len(tokenizer), num_hidden_layers=2, max_position_embeddings=4096, **layers
    )
    vision = CLIPVisionConfig(
        image_size=SIDE_PX, patch_size=PATCH_PX, num_hidden_layers=2, projection_dim=WIDTH, **layers
    )
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=vocabulary["<image>"]
    )
    side = {"height": SIDE_PX, "width": SIDE_PX}
    processor = LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": SIDE_PX}, crop_size=side),
        tokenizer,
        patch_size=PATCH_PX,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    )
    tokenizer.chat_template = TEMPLATE
    LlavaForConditionalGeneration(config).save_pretrained(folder)
    processor.save_pretrained(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
