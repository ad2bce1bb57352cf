import Primitives

/// Assembles the values that the reader announces one by one into a reply, and counts them against the limits.
final class ReplyBuilder {
    private struct Frame {
        let count: Int
        var values: [RedisValue]
    }

    private let limits: ReplyLimits
    private var frames: [Frame] = []
    private var elements = 0
    private var size = 0
    private var finished: RedisValue?
    private(set) var failure: RedisError?

    init(limits: ReplyLimits) { self.limits = limits }

    /// Takes the finished reply out, which leaves the builder ready for the next one.
    func takeReply() -> RedisValue? {
        elements = 0
        size = 0
        defer { finished = nil }
        return finished
    }

    /// Adds a value; false when a limit is passed.
    func add(_ value: RedisValue, size bytes: Int = 0) -> Bool {
        size += bytes
        guard size <= limits.size.bytes else { return fail("A reply is larger than \(limits.size)") }
        var value = value
        while let top = frames.indices.last {
            frames[top].values.append(value)
            if frames[top].values.count < frames[top].count { return true }
            value = .array(frames.removeLast().values)
        }
        finished = value
        return true
    }

    /// Opens an array of `count` elements; false when a limit is passed.
    func openArray(count: Int) -> Bool {
        // The count is checked before anything is reserved: the peer may announce two billion elements and send none.
        elements += count
        guard elements <= limits.elements else { return fail("A reply has more than \(limits.elements) elements") }
        guard count > 0 else { return add(.array([])) }
        var values: [RedisValue] = []
        values.reserveCapacity(min(count, 1024))
        frames.append(Frame(count: count, values: values))
        return true
    }

    private func fail(_ message: String) -> Bool {
        failure = RedisError(.protocolViolation, message)
        return false
    }
}
