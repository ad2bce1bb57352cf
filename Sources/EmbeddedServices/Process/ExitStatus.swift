/// How a process ended.
package enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// It returned or called `exit` with this number, 0 to 255; 0 is success.
    case exited(Int32)
    /// This signal ended it.
    case signaled(Int32)

    /// Whether it ended with 0.
    package var isSuccess: Bool { self == .exited(0) }

    package var description: String {
        switch self {
        case .exited(let number): "exit status \(number)"
        case .signaled(let number): "signal \(number)"
        }
    }
}
