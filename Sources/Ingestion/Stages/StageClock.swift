import Domain

/// Time spent in each stage of a job.
struct StageClock {
    private(set) var seconds: [String: Double]
    private var began = ContinuousClock.now

    /// Goes on from what an earlier attempt measured.
    init(seconds: [String: Double]) { self.seconds = seconds }

    /// Ends `stage`, which began with the clock or with the end of the stage before.
    mutating func finish(_ stage: JobStatus) {
        let now = ContinuousClock.now
        let elapsed = began.duration(to: now).components
        seconds[stage.rawValue.lowercased(), default: 0] += Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        began = now
    }
}
