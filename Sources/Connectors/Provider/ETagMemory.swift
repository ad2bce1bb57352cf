import Primitives

/// Small answers with their entity tags, kept for as long as the process lives.
struct ETagMemory<Value: Sendable>: Sendable {
    /// Entries at most; at the bound it starts anew.
    static var capacity: Int { 1000 }

    private let entries = Locked<[String: (etag: String, value: Value)]>([:])

    subscript(key: String) -> (etag: String, value: Value)? {
        get { entries.withLock { $0[key] } }
        nonmutating set {
            entries.withLock { entries in
                if entries.count >= Self.capacity { entries.removeAll() }
                entries[key] = newValue
            }
        }
    }
}
