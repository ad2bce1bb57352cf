/// The prepared statements of one connection, by text and parameter types; the least recently used one goes first.
struct StatementCache {
    struct Key: Hashable {
        let text: String
        let types: [PostgresType]
    }

    enum Lookup {
        /// Prepared and known to the server.
        case ready(name: String)
        /// Not known: prepare it under this name, and tell the server to forget `evicted`.
        case prepare(name: String, evicted: String?)
        /// Being prepared, which may fail: run this one without a name.
        case unnamed
    }

    private struct Entry {
        let name: String
        var isReady: Bool
        var lastUse: UInt64
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var counter: UInt64 = 0
    private var clock: UInt64 = 0

    init(limit: Int) { self.limit = max(1, limit) }

    mutating func lookUp(_ key: Key) -> Lookup {
        clock += 1
        if let index = entries.index(forKey: key) {
            guard entries.values[index].isReady else { return .unnamed }
            entries.values[index].lastUse = clock
            return .ready(name: entries.values[index].name)
        }
        var evicted: String?
        if entries.count >= limit {
            guard let oldest = entries.lazy.filter({ $0.value.isReady }).min(by: { $0.value.lastUse < $1.value.lastUse }) else {
                return .unnamed
            }
            evicted = oldest.value.name
            entries[oldest.key] = nil
        }
        counter += 1
        let name = "s\(counter)"
        entries[key] = Entry(name: name, isReady: false, lastUse: clock)
        return .prepare(name: name, evicted: evicted)
    }

    /// The server has prepared the statement.
    mutating func confirm(_ key: Key) { entries[key]?.isReady = true }

    /// The server does not know the statement, or not any more.
    mutating func forget(_ key: Key) { entries[key] = nil }
}
