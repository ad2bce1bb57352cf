/// Which part of which request is worked on next: a value without threads or clocks.
///
/// Queries go first, in order. Batches take turns part by part, so that a long one does not hold up a short one. `take` hands
/// out each part once; what becomes of it is the caller's business.
struct LaneQueue: Sendable {
    /// A piece of work: part number `part` of request `request`.
    struct Item: Sendable, Hashable {
        let request: Int
        let part: Int
    }

    private struct Entry {
        let request: Int
        let weights: [Int]
        var next = 0
    }

    /// Most texts that may wait, queries and batches counted apart.
    struct Capacity: Sendable {
        let batches: Int
        let queries: Int
    }

    private let capacity: Capacity
    private var batches: [Entry] = []
    private var queries: [Entry] = []
    private var waitingInBatches = 0
    private var waitingInQueries = 0

    /// An empty queue. A request into an empty queue is always accepted, however large it is.
    init(capacity: Capacity) { self.capacity = capacity }

    /// Texts that wait.
    var waiting: Int { waitingInBatches + waitingInQueries }

    /// Adds a request whose parts have `weights` texts each, at least one part. Returns false, changing nothing, when there is no room.
    mutating func submit(_ request: Int, weights: [Int], priority: EmbeddingPriority) -> Bool {
        let weight = weights.reduce(0, +)
        let entry = Entry(request: request, weights: weights)
        switch priority {
        case .batch:
            guard waitingInBatches == 0 || waitingInBatches + weight <= capacity.batches else { return false }
            waitingInBatches += weight
            batches.append(entry)
        case .query:
            guard waitingInQueries == 0 || waitingInQueries + weight <= capacity.queries else { return false }
            waitingInQueries += weight
            queries.append(entry)
        }
        return true
    }

    /// The next part, or nil when there is none; from queries alone when `queriesOnly`.
    mutating func take(queriesOnly: Bool) -> Item? {
        if let first = queries.first {
            waitingInQueries -= first.weights[first.next]
            queries[0].next += 1
            if queries[0].next == first.weights.count { queries.removeFirst() }
            return Item(request: first.request, part: first.next)
        }
        guard !queriesOnly, !batches.isEmpty else { return nil }
        var turn = batches.removeFirst()
        let item = Item(request: turn.request, part: turn.next)
        waitingInBatches -= turn.weights[turn.next]
        turn.next += 1
        if turn.next < turn.weights.count { batches.append(turn) }
        return item
    }

    /// Forgets the parts of `request` that were not taken.
    mutating func withdraw(_ request: Int) {
        func remains(_ entry: Entry) -> Int { entry.weights[entry.next...].reduce(0, +) }
        waitingInBatches -= batches.filter { $0.request == request }.map(remains).reduce(0, +)
        waitingInQueries -= queries.filter { $0.request == request }.map(remains).reduce(0, +)
        batches.removeAll { $0.request == request }
        queries.removeAll { $0.request == request }
    }
}
