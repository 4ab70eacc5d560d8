from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Looks up each file once, because the files of a running site do not change."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.addresses: dict[str, str] = {}

    def url(self, name: str) -> str:
        if name not in self.addresses:
            self.addresses[name] = super().url(name)
        return self.addresses[name]
