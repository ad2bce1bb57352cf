import Primitives
import Telemetry

/// Keeps log lines for a test.
struct CollectedOutput: LogOutput {
    private let kept = Locked<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func write(_ line: [UInt8]) { kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
}
