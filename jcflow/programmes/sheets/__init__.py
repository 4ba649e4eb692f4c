"""Budget, instruments and targets as an Excel file: written, read back safely, compared, saved together."""
