import Glibc

/// Where a command writes.
struct Terminal: Sendable {
    /// Whether standard error is a terminal, on which a line can be drawn over.
    var isInteractive: Bool
    /// Columns of the terminal; 80 when there is none.
    var width: Int
    /// Writes to standard output: what was asked for.
    var output: @Sendable (String) -> Void
    /// Writes to standard error: errors, hints, progress.
    var diagnostics: @Sendable (String) -> Void

    /// The streams of this process.
    static func process() -> Terminal {
        Terminal(
            isInteractive: isatty(STDERR_FILENO) == 1, width: columns(STDERR_FILENO) ?? 80,
            output: { write($0, to: STDOUT_FILENO) }, diagnostics: { write($0, to: STDERR_FILENO) })
    }

    private static func columns(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all of `text`; a reader that has gone ends it silently.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
