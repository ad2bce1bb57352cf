package import FoundationEssentials

/// What a drill measured and proved.
package struct DrillReport: Sendable, Hashable, Encodable {
    /// Something that had to be so.
    package struct Check: Sendable, Hashable, Encodable {
        package var name: String
        package var isPassed: Bool
        package var detail: String
    }

    package var startedAt: Date
    /// Time between the last change that came back and the disaster.
    package var rpoSeconds = 0.0
    package var rpoTargetSeconds: Double
    /// Time from the disaster to the first answer.
    package var rtoSeconds = 0.0
    package var rtoTargetSeconds: Double
    /// How long each step took, in order.
    package var steps: [Step] = []
    package var checks: [Check] = []
    /// Bytes of the data that were lost and brought back.
    package var databaseBytes: Int64 = 0
    /// Bytes of the base backup and of the log.
    package var backupBytes: Int64 = 0
    /// Rows by table that were compared.
    package var rows: [String: Int] = [:]
    package var markersWritten = 0
    package var markersRestored = 0
    /// Whether every check passed and both targets were met.
    package var isPassed = false

    /// A step and its time.
    package struct Step: Sendable, Hashable, Encodable {
        package var name: String
        package var seconds: Double
    }

    init(startedAt: Date, rpo: Double, rto: Double) { (self.startedAt, rpoTargetSeconds, rtoTargetSeconds) = (startedAt, rpo, rto) }

    mutating func check(_ name: String, _ isPassed: Bool, _ detail: String) {
        checks.append(Check(name: name, isPassed: isPassed, detail: detail))
    }

    mutating func conclude() {
        check("recovery point", rpoSeconds <= rpoTargetSeconds, "\(rpoSeconds) s, at most \(rpoTargetSeconds) s")
        check("recovery time", rtoSeconds <= rtoTargetSeconds, "\(rtoSeconds) s, at most \(rtoTargetSeconds) s")
        isPassed = checks.allSatisfy(\.isPassed)
    }
}
