package import Domain
import FoundationEssentials

/// Looks at what is about to be published, and decides whether it may be.
package struct ValidationStage: Sendable {
    let boundaries: CatalogBoundaries
    let policy: ValidationPolicy
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter now: the clock of the budget.
    package init(
        boundaries: CatalogBoundaries, policy: ValidationPolicy = ValidationPolicy(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        (self.boundaries, self.policy, self.now) = (boundaries, policy, now)
    }

    /// The version that a job has brought, with its files; nil when its source keeps none.
    package func version(of job: RunningJob) async throws -> (version: CatalogVersion, files: [ExtractedFile])? {
        guard let version = try await boundaries.catalog.version(takenInBy: job.id), version.state != .rejected else { return nil }
        return (version, try await boundaries.catalog.files(of: version.id))
    }

    /// Runs all validators and records what they found.
    ///
    /// - Parameter version: nil when the source keeps no files; then nothing is recorded.
    /// - Returns: numbers of findings by validator and status, for logs.
    /// - Throws: ``Domain/Fault`` `E_CHUNK_SIZE` for a chunk that is too long, in both modes, and `E_VALIDATION_FAILED` for any failure in
    ///   strict mode; all that was staged is gone then, and the last good version is what it was.
    package func run(_ subject: ValidationSubject, version: CatalogVersion?, job: RunningJob) async throws -> [String: Int] {
        let findings = await Self.findings(subject, policy: policy, now: now)
        let failures = findings.filter { $0.status != .pass }
        var counts: [String: Int] = [:]
        for finding in findings { counts["\(finding.validator).\(finding.status.rawValue)", default: 0] += 1 }
        if let fault = fault(failures, of: findings.count) {
            if let version { try await boundaries.purge(version, job: job, fault, Array(failures.prefix(1000))) }
            throw fault
        }
        if let version { try await boundaries.validate(version, job: job, findings) }
        return counts
    }

    /// What the validators find, side by side, within one budget.
    @concurrent package static func findings(
        _ subject: ValidationSubject, policy: ValidationPolicy, now: @escaping @Sendable () -> ContinuousClock.Instant
    ) async -> [FileValidation] {
        let deadline = now() + policy.budget
        let validators = Validator.all(largestPage: policy.largestPage)
        return await withTaskGroup(of: (Int, [FileValidation]).self) { group in
            for (number, validator) in validators.enumerated() {
                group.addTask { (number, validator.check(subject) { now() < deadline }) }
            }
            var parts: [Int: [FileValidation]] = [:]
            for await (number, found) in group { parts[number] = found }
            return validators.indices.flatMap { parts[$0] ?? [] }
        }
    }

    private func fault(_ failures: [FileValidation], of all: Int) -> Fault? {
        if let chunk = failures.first(where: { $0.validator == "chunk_size" && $0.status == .fail }) {
            return Fault(
                .internal, code: "E_CHUNK_SIZE", "\(chunk.path): \(chunk.detail ?? "A chunk is too long.")",
                hint: "Report it: chunks are cut to the limit of the model.")
        }
        guard policy.mode == .strict, let first = failures.first else { return nil }
        return Fault(
            .validation, code: "E_VALIDATION_FAILED",
            "\(failures.count) of \(all) validations failed, the first by \(first.validator) at \(first.path): \(first.detail ?? first.status.rawValue)",
            hint: "Correct the source, or let PORTOLAN_VALIDATION be lenient.")
    }
}
