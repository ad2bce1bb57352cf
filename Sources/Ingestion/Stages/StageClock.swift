import Domain

/// Time spent in each stage of a job.
struct StageClock {
    private(set) var seconds: [String: Double]
    private var began = ContinuousClock.now
    private let onStage: @Sendable (_ stage: String, _ took: Duration) -> Void

    /// Goes on from what an earlier attempt measured.
    init(seconds: [String: Double], onStage: @escaping @Sendable (_ stage: String, _ took: Duration) -> Void) {
        (self.seconds, self.onStage) = (seconds, onStage)
    }

    /// Ends `stage`, which began with the clock or with the end of the stage before.
    mutating func finish(_ stage: JobStatus) {
        let now = ContinuousClock.now
        let took = began.duration(to: now)
        let elapsed = took.components
        seconds[stage.rawValue.lowercased(), default: 0] += Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        began = now
        onStage(stage.rawValue.lowercased(), took)
    }
}
