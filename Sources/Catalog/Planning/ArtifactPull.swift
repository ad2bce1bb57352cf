package import Domain
package import FoundationEssentials

/// Takes in what a lockfile names, over the boundaries of the catalog: download, extraction, validation, latest.
package struct ArtifactPull: Sendable {
    private let boundaries: CatalogBoundaries
    private let supply: any ArtifactSupply
    private let policy: ValidationPolicy

    /// What became of one artifact.
    package struct Outcome: Sendable, Hashable, Encodable {
        package enum State: String, Sendable, Hashable, Encodable {
            /// Its bytes were new.
            case fresh
            /// Its bytes were there already.
            case cached
            /// The catalog has it as the lockfile says; nobody was asked.
            case unchanged
            /// It would be taken in: a dry run.
            case planned
            case failed
        }

        package let id: String
        package let url: String
        package var state: State
        package var slot: String
        /// Of the catalog; nil when it was not taken in.
        package var version: String?
        package var files: Int?
        package var bytes: Int64?
        /// Validations that failed; they stand in the catalog.
        package var validationFailures = 0
        /// The job that makes it searchable; nil when none was asked for.
        package var job: String?
        /// Code and sentence of the failure.
        package var problem: String?
    }

    /// How to pull.
    package struct Options: Sendable {
        /// Whether what the catalog has is taken in again.
        package var force = false
        /// Whether nothing is done and only told.
        package var isDryRun = false
        /// Artifacts at a time, at least 1.
        package var concurrency = 2

        package init() {}
    }

    /// - Parameters:
    ///   - supply: reads and extracts.
    ///   - policy: in strict mode a failed validation lets go of all that was staged, and the last good version stays the latest.
    package init(boundaries: CatalogBoundaries, supply: any ArtifactSupply, policy: ValidationPolicy = ValidationPolicy()) {
        (self.boundaries, self.supply, self.policy) = (boundaries, supply, policy)
    }

    /// Queues the job that makes an artifact searchable, unless one was queued since the moment; nil to queue one in any case.
    package typealias Ingest = @Sendable (_ artifact: LockedArtifact, _ unlessSince: Date?) async throws -> String?

    /// Takes in all artifacts; one that fails leaves the others alone.
    ///
    /// - Parameter ingest: makes an artifact searchable and returns the job; for one that the catalog had already, only if no job was queued
    ///   since it became the latest.
    /// - Returns: by name.
    /// - Throws: `CancellationError`; what was taken in until then stays.
    package func pull(
        _ lockfile: Lockfile, _ options: Options = Options(),
        ingest: @escaping Ingest = { _, _ in nil }
    ) async throws -> [Outcome] {
        let plan = lockfile.hash
        if !options.isDryRun {
            try await boundaries.catalog.keep(
                CatalogPlan(id: plan, sourcesHash: lockfile.sourcesHash, lockfile: lockfile.text, createdAt: Date()))
        }
        return try await withThrowingTaskGroup(of: Outcome.self) { group in
            var (outcomes, rest) = ([Outcome](), lockfile.artifacts[...])
            for artifact in rest.prefix(max(1, options.concurrency)) { group.addTask { try await one(artifact, plan, options, ingest) } }
            rest = rest.dropFirst(max(1, options.concurrency))
            while let outcome = try await group.next() {
                outcomes.append(outcome)
                if let artifact = rest.popFirst() { group.addTask { try await one(artifact, plan, options, ingest) } }
            }
            return outcomes.sorted { $0.id < $1.id }
        }
    }

    /// How the catalog stands to a locked artifact.
    package enum Standing: String, Sendable, Hashable, Encodable {
        /// The latest version is what is locked, and its bytes are there.
        case current
        /// The latest version is something else.
        case different
        /// Nothing was published.
        case missing
        /// The latest version is what is locked, and its bytes are gone or of another size.
        case broken
    }

    /// What the catalog knows of a locked artifact, and the pointer to the latest version of its slot.
    package func standing(
        _ locked: LockedArtifact
    ) async throws -> (standing: Standing, version: CatalogVersion?, artifact: Artifact?, latest: LatestPointer?) {
        let slot = try Self.slot(locked)
        guard let pointer = try await boundaries.catalog.latest(of: slot),
            let version = try await boundaries.catalog.version(pointer.version)
        else { return (.missing, nil, nil, nil) }
        let artifacts = try await boundaries.catalog.artifacts(of: version.id)
        guard let artifact = artifacts.first(where: { Self.fits(locked, $0) }) else {
            return (.different, version, artifacts.first, pointer)
        }
        let stored = if let key = artifact.storageKey { try await boundaries.objects.stat(key)?.bytes } else { nil as Int64? }
        return (stored == artifact.bytes ? .current : .broken, version, artifact, pointer)
    }

    // MARK: One artifact

    private func one(
        _ locked: LockedArtifact, _ plan: String, _ options: Options, _ ingest: @escaping Ingest
    ) async throws -> Outcome {
        var outcome = Outcome(id: locked.id, url: locked.url, state: .failed, slot: "")
        do {
            let slot = try Self.slot(locked)
            outcome.slot = slot.rawValue
            let known = try await standing(locked)
            if !options.force, known.standing == .current {
                (outcome.state, outcome.version, outcome.bytes) = (.unchanged, known.version?.id, known.artifact?.bytes)
                // The process that made it the latest may have died before it queued the job; a job that did so came to its end.
                if !options.isDryRun, let latest = known.latest, !latest.setBy.hasPrefix("job ") {
                    outcome.job = try await ingest(locked, latest.setAt)
                }
                return outcome
            }
            if options.isDryRun {
                (outcome.state, outcome.bytes) = (.planned, locked.bytes)
                return outcome
            }
            try await supply.take(locked.url) { file in
                try Self.check(file, locked)
                try await takeIn(file, locked, slot, plan, &outcome)
            }
            outcome.job = try await ingest(locked, nil)
        } catch {
            guard let fault = error as? Fault else { throw error }
            outcome.state = .failed
            outcome.problem = "\(fault.code): \(fault.message)"
        }
        return outcome
    }

    private func takeIn(_ file: TakenArtifact, _ locked: LockedArtifact, _ slot: CatalogSlot, _ plan: String, _ outcome: inout Outcome)
        async throws
    {
        let kind = try Self.kind(locked)
        let artifact = try await boundaries.download(
            ArtifactArrival(
                .file(file.path), size: file.bytes, digest: file.digest, name: file.name, kind: kind, source: locked.url, url: file.url,
                etag: file.etag, lastModified: file.lastModified, plan: plan))
        let unpacked: (folder: String?, files: [ArtifactFile])
        do {
            unpacked = try await supply.unpack(file, kind: kind)
        } catch {
            if let fault = error as? Fault, !fault.isTransient { try await boundaries.refuse(artifact, fault) }
            throw error
        }
        try await boundaries.extract(artifact, folder: unpacked.folder, files: unpacked.files)
        guard let version = try await boundaries.catalog.version(artifact.version) else {
            throw Fault(.internal, code: "E_CATALOG", "The version \(artifact.version) is gone.")
        }
        let failures = try await validate(version, kind)
        try await boundaries.setLatest(version.id, of: slot, by: "portolan artifacts pull")
        let kept = try await boundaries.catalog.artifacts(of: version.id).first { $0.id == artifact.id }
        outcome.state = kept?.status == .cached ? .cached : .fresh
        (outcome.version, outcome.files, outcome.bytes) = (version.id, unpacked.files.count, file.bytes)
        outcome.validationFailures = failures
    }

    /// Looks at the files as far as that is possible before their pages are read, which the job does.
    private func validate(_ version: CatalogVersion, _ kind: SourceKind) async throws -> Int {
        let files = try await boundaries.catalog.files(of: version.id)
        let subject = ValidationSubject(pages: [], files: files, brokenLinks: [], base: nil, chunkLimit: 0)
        var findings = Validator.size(largestPage: policy.largestPage).check(subject) { true }
        if kind.rawValue == "archive" {
            let hasPages = files.contains { Validator.pageFormats.contains($0.format) }
            findings.append(
                FileValidation(
                    validator: "pages", status: hasPages ? .pass : .fail, detail: hasPages ? nil : "No file of the archive is a page."))
        }
        let failures = findings.filter { $0.status != .pass }
        if policy.mode == .strict, let first = failures.first {
            let fault = Fault(
                .validation, code: "E_VALIDATION_FAILED",
                "\(failures.count) of \(findings.count) validations failed, the first by \(first.validator): \(first.detail ?? "")",
                field: "urls", hint: "Correct the source, or pull without --strict.")
            try await boundaries.purge(version, job: nil, fault, Array(failures.prefix(1000)))
            throw fault
        }
        try await boundaries.validate(version, job: nil, findings)
        return failures.count
    }

    // MARK: Rules

    /// Whether the bytes are those that the lockfile speaks of.
    private static func check(_ file: TakenArtifact, _ locked: LockedArtifact) throws(Fault) {
        let problem: String? =
            if let sha256 = locked.sha256 {
                sha256 == file.digest ? nil : "The checksum is \(file.digest.prefix(12))…, locked is \(sha256.prefix(12))…."
            } else if let bytes = locked.bytes, bytes != file.bytes {
                "The file has \(file.bytes) bytes, locked are \(bytes)."
            } else if let etag = locked.etag, let found = file.etag, etag != found {
                "The entity tag is \(found.prefix(40)), locked is \(etag.prefix(40))."
            } else {
                nil
            }
        if let problem {
            throw Fault(
                .conflict, code: "E_LOCK_MISMATCH", problem, field: "lock",
                hint: "See what has changed with `portolan artifacts plan-diff`, and lock it with --update-baseline.")
        }
    }

    /// Whether what the catalog has is what is locked. Without checksum and entity tag nobody can know.
    private static func fits(_ locked: LockedArtifact, _ artifact: Artifact) -> Bool {
        guard artifact.storageKey != nil else { return false }
        if let sha256 = locked.sha256 { return sha256 == artifact.id }
        guard let etag = locked.etag, etag == artifact.etag else { return false }
        return locked.bytes == nil || locked.bytes == artifact.bytes
    }

    private static func kind(_ locked: LockedArtifact) throws(Fault) -> SourceKind {
        guard let kind = ArtifactSource.kinds.first(where: { $0.rawValue == locked.kind }) else {
            throw .invalid(field: "lock", "The kind \(locked.kind.prefix(40)) is none of a single file.")
        }
        return kind
    }

    private static func slot(_ locked: LockedArtifact) throws(Fault) -> CatalogSlot {
        try CatalogBoundaries.slot(try kind(locked), source: locked.url)
    }
}
