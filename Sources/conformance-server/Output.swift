import Glibc

/// Writes what `print` has kept back.
func flushOutput() { fflush(nil) }
