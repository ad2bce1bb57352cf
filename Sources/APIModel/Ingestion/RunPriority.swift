/// How soon a job runs beside others.
package enum RunPriority: String, Sendable, Hashable, Codable, CaseIterable {
    /// Before those of normal priority, which keep a share of the slots.
    case high
    /// When its turn comes: scheduled and bulk work.
    case normal
}
