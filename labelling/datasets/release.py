"""Which code made a version. Part of `version_id`, never of `data_id`."""

CODE_VERSION = "0.1.0"
