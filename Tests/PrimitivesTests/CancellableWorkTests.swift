import Primitives
import Testing

@Suite struct `Work that others cancel` {
    @TaskLocal private static var number = 0

    /// Waits until its task is cancelled.
    @Sendable private static func waitForCancellation() async -> Bool {
        let end = AsyncStream<Never>.makeStream()
        for await _ in end.stream {}
        // Kept until here: a stream whose source is gone may end by itself.
        end.continuation.finish()
        return Task.isCancelled
    }

    @Test func `Its result comes back, and an end after it means nothing`() async {
        let work = CancellableWork()
        #expect(await work.run { Task.isCancelled ? 1 : 2 } == 2)
        work.cancel()
        #expect(work.isCancelled && !Task.isCancelled)
    }

    @Test func `It begins in its caller's place`() async {
        await Self.$number.withValue(7) { #expect(await CancellableWork().run { Self.number } == 7) }
    }

    @Test func `It ends when it is cancelled, before it begins or later, and its caller goes on`() async {
        let early = CancellableWork()
        early.cancel()
        #expect(await early.run(Self.waitForCancellation))
        let late = CancellableWork()
        #expect(
            await late.run {
                late.cancel()
                return await Self.waitForCancellation()
            })
        #expect(!Task.isCancelled)
    }

    @Test func `It ends with its caller`() async {
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        let caller = Task {
            await CancellableWork().run {
                signal.finish()
                return await Self.waitForCancellation()
            }
        }
        for await _ in started {}
        caller.cancel()
        #expect(await caller.value)
    }

    @Test func `A limit ends what is late and nothing else, whatever the order of the limits`() async {
        let limits = TimeLimits()
        await withTaskGroup(of: Void.self) { group in
            for milliseconds in [3_600_000, 20, 5, 10, 1] {
                group.addTask {
                    let work = CancellableWork()
                    let isLong = milliseconds > 1000
                    let result = await limits.run(work, until: .after(.milliseconds(milliseconds))) {
                        if isLong { return true }
                        return await Self.waitForCancellation()
                    }
                    #expect(result == (isLong ? true : nil) && work.isCancelled == !isLong)
                }
            }
        }
        // One that has passed already.
        #expect(await limits.run(CancellableWork(), until: .after(.zero), Self.waitForCancellation) == nil)
        #expect(await limits.run(CancellableWork(), until: .after(.seconds(3600))) { 1 } == 1)
    }
}
