import FoundationEssentials
import Logging
import Primitives

/// Thins out messages that repeat: at most a number of lines a second for each message, the rest counted.
package struct LogSampler: Sendable {
    private struct Window {
        var second: Int64
        var passed: Int
        var suppressed: Int
    }

    /// Messages that are tracked; beyond it the table starts over, which can only let more lines through.
    private static let messageLimit = 1024

    private let linesPerSecond: Int
    private let windows = Locked<[String: Window]>([:])

    /// - Parameter linesPerSecond: lines a second and message at `info` and below; positive. Lines at `notice` and above always pass.
    package init(linesPerSecond: Int) { self.linesPerSecond = max(1, linesPerSecond) }

    /// What becomes of a line.
    enum Decision: Equatable {
        /// It is written; `suppressed` lines with the same message were left out before it.
        case write(suppressed: Int)
        case drop
    }

    func decide(level: Logger.Level, message: String, at time: Date) -> Decision {
        guard level <= .info else { return .write(suppressed: 0) }
        let second = Int64(time.timeIntervalSince1970)
        return windows.withLock { windows in
            if windows.count >= Self.messageLimit && windows[message] == nil { windows.removeAll(keepingCapacity: true) }
            var window = windows[message] ?? Window(second: second, passed: 0, suppressed: 0)
            if window.second != second { (window.second, window.passed) = (second, 0) }
            defer { windows[message] = window }
            guard window.passed < linesPerSecond else {
                window.suppressed += 1
                return .drop
            }
            window.passed += 1
            defer { window.suppressed = 0 }
            return .write(suppressed: window.suppressed)
        }
    }
}
