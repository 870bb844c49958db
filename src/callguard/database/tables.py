"""Every table of every room, for the migrations: to import this is to know them all."""

__all__ = ["Base"]

from ..calllog import models as _calls  # noqa: F401
from ..households import models as _households  # noqa: F401
from ..notify import models as _news  # noqa: F401
from ..people import models as _people  # noqa: F401
from ..recordings import models as _recordings  # noqa: F401
from ..trail import models as _trail  # noqa: F401
from .base import Base
