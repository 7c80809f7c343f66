from vlm_notebook.chat.answer import Answer as Answer
from vlm_notebook.chat.answer import Timing as Timing
from vlm_notebook.chat.delta import Delta as Delta
from vlm_notebook.chat.delta import Usage as Usage
from vlm_notebook.chat.engine import Submission as Submission
from vlm_notebook.client import Client as Client
from vlm_notebook.client import ask as ask
from vlm_notebook.client import compare as compare
from vlm_notebook.client import connect as connect
from vlm_notebook.client import default_client as default_client
from vlm_notebook.client import describe as describe
from vlm_notebook.errors import AuthError as AuthError
from vlm_notebook.errors import BudgetError as BudgetError
from vlm_notebook.errors import ConnectError as ConnectError
from vlm_notebook.errors import EndpointError as EndpointError
from vlm_notebook.errors import ImageError as ImageError
from vlm_notebook.errors import ModelError as ModelError
from vlm_notebook.errors import PrepareError as PrepareError
from vlm_notebook.errors import RateLimitError as RateLimitError
from vlm_notebook.errors import SourceError as SourceError
from vlm_notebook.errors import StatusError as StatusError
from vlm_notebook.errors import StreamError as StreamError
from vlm_notebook.errors import VlmError as VlmError
from vlm_notebook.images import samples as samples
from vlm_notebook.images.pages import pages as pages
from vlm_notebook.images.prepare import PreparedImage as PreparedImage
from vlm_notebook.images.prepare import prepare as prepare
from vlm_notebook.images.source import ImageSource as ImageSource
from vlm_notebook.images.source import load as load
from vlm_notebook.models import tokens as tokens
from vlm_notebook.models.catalog import ModelCard as ModelCard
from vlm_notebook.models.estimate import estimate as estimate
from vlm_notebook.view.preview import preview as preview
from vlm_notebook.widgets.playground import playground as playground

__version__: str

def load_ipython_extension(shell: object) -> None: ...
