import Testing

@testable import Inference

struct LaneQueueTests {
    // A box, because expectations cannot mutate what they capture.
    private final class Box {
        var queue = LaneQueue(capacity: .init(batches: 10, queries: 4))

        var waiting: Int { queue.waiting }
        func submit(_ request: Int, weights: [Int], priority: EmbeddingPriority) -> Bool {
            queue.submit(request, weights: weights, priority: priority)
        }
        func take(queriesOnly: Bool = false) -> LaneQueue.Item? { queue.take(queriesOnly: queriesOnly) }
        func withdraw(_ request: Int) { queue.withdraw(request) }
        func drain(queriesOnly: Bool = false) -> [LaneQueue.Item] {
            var items: [LaneQueue.Item] = []
            while let item = take(queriesOnly: queriesOnly) { items.append(item) }
            return items
        }
    }

    private let queue = Box()

    @Test
    func `a query overtakes the batches that wait`() {
        #expect(queue.submit(1, weights: [2, 2], priority: .batch))
        #expect(queue.take() == .init(request: 1, part: 0))
        #expect(queue.submit(2, weights: [1], priority: .query))
        #expect(queue.drain() == [.init(request: 2, part: 0), .init(request: 1, part: 1)])
    }

    @Test
    func `the lane of queries leaves batches alone`() {
        #expect(queue.submit(1, weights: [1], priority: .batch))
        #expect(queue.submit(2, weights: [1, 1], priority: .query))
        #expect(queue.drain(queriesOnly: true) == [.init(request: 2, part: 0), .init(request: 2, part: 1)])
        #expect(queue.waiting == 1)
    }

    @Test
    func `batches take turns`() {
        #expect(queue.submit(1, weights: [1, 1, 1], priority: .batch))
        #expect(queue.submit(2, weights: [1], priority: .batch))
        #expect(queue.drain().map(\.request) == [1, 2, 1, 1])
    }

    @Test(arguments: [(EmbeddingPriority.batch, 10), (.query, 4)])
    func `a full queue refuses until there is room`(priority: EmbeddingPriority, capacity: Int) {
        #expect(queue.submit(1, weights: [1, capacity - 1], priority: priority))
        #expect(!queue.submit(2, weights: [1], priority: priority))
        _ = queue.take()
        #expect(queue.submit(2, weights: [1], priority: priority))
        #expect(queue.waiting == capacity)
    }

    @Test
    func `an empty queue accepts what it could not hold beside others`() {
        #expect(queue.submit(1, weights: [100], priority: .batch))
        #expect(!queue.submit(2, weights: [1], priority: .batch))
    }

    @Test
    func `a withdrawn request frees its room and leaves the others`() {
        #expect(queue.submit(1, weights: [3, 3], priority: .batch))
        #expect(queue.submit(2, weights: [2], priority: .batch))
        #expect(queue.submit(3, weights: [2], priority: .query))
        _ = queue.take()
        queue.withdraw(1)
        queue.withdraw(3)
        queue.withdraw(99)
        #expect(queue.waiting == 2)
        #expect(queue.drain() == [.init(request: 2, part: 0)])
        #expect(queue.waiting == 0)
    }
}
