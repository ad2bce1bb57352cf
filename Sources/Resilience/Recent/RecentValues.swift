import Primitives

/// The last values of something that costs to have anew, for when it cannot be had: bounded in number, in bytes and in age.
///
/// What was kept first goes first: it is also what is too old first. Keeping a value under a key again replaces it.
package final class RecentValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let bytes: Int
        let keptAt: ContinuousClock.Instant
        let number: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Every entry in the order in which it was kept, and some that were replaced since; what is before `head` is gone.
        var order: [(key: Key, number: UInt64)] = []
        var head = 0
        var bytes = 0
        var number: UInt64 = 0

        mutating func remove(_ key: Key) {
            if let entry = entries.removeValue(forKey: key) { bytes -= entry.bytes }
        }

        /// Removes the oldest entry; false when there is none.
        mutating func removeOldest() -> Bool {
            while head < order.count {
                let next = order[head]
                head += 1
                if entries[next.key]?.number == next.number {
                    remove(next.key)
                    return true
                }
            }
            return false
        }

        /// Forgets what is gone, once that is most of it.
        mutating func compact() {
            if head > 64, head * 2 > order.count {
                order.removeFirst(head)
                head = 0
            }
            if order.count > 64, order.count > 4 * entries.count {
                order = order[head...].filter { entries[$0.key]?.number == $0.number }
                head = 0
            }
        }
    }

    private let state = Locked(State())
    private let capacity: Int
    private let byteLimit: Int
    private let lifetime: Duration
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - capacity: values at most, at least 1.
    ///   - byteLimit: bytes of all of them, as ``keep(_:for:bytes:)`` is told.
    ///   - lifetime: after which a value is too old to be of use.
    ///   - now: the clock.
    package init(
        capacity: Int, byteLimit: Int, lifetime: Duration, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        (self.capacity, self.byteLimit, self.lifetime, self.now) = (max(1, capacity), max(0, byteLimit), lifetime, now)
    }

    /// Values and their bytes at this moment.
    package var size: (values: Int, bytes: Int) { state.withLock { ($0.entries.count, $0.bytes) } }

    /// Keeps `value`; one that is larger than all may be is not kept.
    package func keep(_ value: Value, for key: Key, bytes: Int) {
        let now = now()
        state.withLock { state in
            state.remove(key)
            guard bytes <= byteLimit else { return }
            while state.entries.count >= capacity || state.bytes + bytes > byteLimit { guard state.removeOldest() else { break } }
            state.number += 1
            state.entries[key] = Entry(value: value, bytes: bytes, keptAt: now, number: state.number)
            state.order.append((key, state.number))
            state.bytes += bytes
            state.compact()
        }
    }

    /// The value that was kept under `key`, and how long ago; nil when there is none that is young enough.
    package func recall(_ key: Key) -> (value: Value, age: Duration)? {
        let now = now()
        return state.withLock { state in
            guard let entry = state.entries[key] else { return nil }
            let age = entry.keptAt.duration(to: now)
            guard age <= lifetime else {
                state.remove(key)
                return nil
            }
            return (entry.value, max(.zero, age))
        }
    }

    /// Forgets everything.
    /// - Returns: how many values that were.
    @discardableResult
    package func clear() -> Int {
        state.withLock { state in
            defer { state = State() }
            return state.entries.count
        }
    }
}
