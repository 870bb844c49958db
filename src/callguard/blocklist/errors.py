"""What can be wrong with a feed, and whose fault it is.

::

    FeedError             one line: what is wrong, with which source and batch
    ├── KeyFileError      a key or trust file of this machine
    ├── TrustError        a root file that is refused; who is believed stays as it was
    ├── BatchError        a batch that the source must not have sent, or that is not from it
    │   ├── ReplayedBatch one that has been applied already; harmless
    │   ├── MissingBatch  one whose predecessor has not arrived
    │   └── ForkedFeed    one that contradicts what the source has said before
    ├── ImportRefused     a file of numbers that is not published
    └── StoreError        the list on this machine's disk
"""


class FeedError(Exception):
    """Something is wrong with a feed."""


class KeyFileError(FeedError):
    """A key or trust file that cannot be read or used."""


class TrustError(FeedError):
    """A root file that is refused, or a key that it does not vouch for."""


class BatchError(FeedError):
    """A batch that is refused; it changes nothing."""


class ReplayedBatch(BatchError):
    """A batch that has been applied already."""


class MissingBatch(BatchError):
    """A batch whose predecessor has not arrived."""


class ForkedFeed(BatchError):
    """A statement that contradicts an earlier one of the same source: two histories."""


class ImportRefused(FeedError):
    """A file of numbers that cannot be read, or of which nothing is published."""


class StoreError(FeedError):
    """The list on disk cannot be read or written."""
