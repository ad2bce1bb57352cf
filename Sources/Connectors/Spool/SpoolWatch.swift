/// When an item of the spool folder is complete: a pure machine, fed with what lies there.
///
/// A producer writes `NAME.part` and renames it to `NAME`: then ``debounce`` without a change is enough. What is written under its own name
/// must stay as it is for ``stability``.
package struct SpoolWatch: Sendable {
    private struct Seen {
        var signature: String
        /// When the signature changed last.
        var since: ContinuousClock.Instant
        var wasPart: Bool
        var isReported = false
    }

    /// How long a renamed item must stay as it is. Default 3 s.
    package let debounce: Duration
    /// How long an item that was written in place must stay as it is. Default 10 s.
    package let stability: Duration

    private var seen: [String: Seen] = [:]
    private var parts: Set<String> = []
    /// What keeps items from being looked at, by name.
    private var obstacles: [String: String] = [:]

    package init(debounce: Duration = .seconds(3), stability: Duration = .seconds(10)) {
        (self.debounce, self.stability) = (debounce, stability)
    }

    /// Takes what lies in the folder at `now`. Returns the sources that became complete, each once for each content.
    package mutating func observe(_ items: [SpoolFolder.Item], now: ContinuousClock.Instant) -> [SpoolFolder.Item] {
        let names = Set(items.map(\.name))
        var ready: [SpoolFolder.Item] = []
        for item in items where item.kind != nil && !item.name.hasSuffix(Self.suffix) {
            let isPart = parts.contains(item.name + Self.suffix) && !names.contains(item.name + Self.suffix)
            var state = seen[item.name] ?? Seen(signature: item.signature, since: now, wasPart: isPart)
            if state.signature != item.signature || isPart && !state.wasPart {
                state = Seen(signature: item.signature, since: now, wasPart: isPart)
            }
            if !state.isReported, state.since.duration(to: now) >= (state.wasPart ? debounce : stability) {
                state.isReported = true
                ready.append(item)
            }
            seen[item.name] = state
        }
        // What was taken away is new when it comes back.
        seen = seen.filter { names.contains($0.key) }
        parts = parts.filter { names.contains(String($0.dropLast(Self.suffix.count))) }
        parts.formUnion(names.filter { $0.hasSuffix(Self.suffix) })
        return ready
    }

    /// The items that cannot be looked at, each once for each obstacle.
    package mutating func observeObstacles(_ items: [SpoolFolder.Item]) -> [SpoolFolder.Item] {
        let before = obstacles
        obstacles = Dictionary(items.compactMap { item in item.obstacle.map { (item.name, $0) } }) { first, _ in first }
        return items.filter { $0.obstacle != nil && $0.obstacle != before[$0.name] }
    }

    /// Reports the item again at the next look: what was to be done with it did not work.
    package mutating func forget(_ name: String) { seen[name]?.isReported = false }

    private static let suffix = ".part"
}
