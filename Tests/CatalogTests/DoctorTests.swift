import Catalog
import Digests
import Domain
import FoundationEssentials
import ObjectStorage
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The doctor of the catalog` {
    private static let files = ["index.html": "<p>1</p>", "guide/a.md": "# A"]
    private typealias Kind = DoctorReport.Issue.Kind

    /// A world with two versions and one thing wrong.
    private static func plant(_ kind: Kind, in world: CatalogWorld) async throws {
        try await world.takeIn(["index.html": "old"])
        let artifact = try await world.takeIn(files)
        let slot = artifact.slot
        switch kind {
        case .missingArtifact: try await world.objects.delete([artifact.storageKey])
        case .missingFile: _ = try await world.objects.putBytes([1], at: "\(slot.extracted)/\(artifact.id)/guide/a.md")
        case .orphanArtifact: _ = try await world.objects.putBytes([1], at: "\(slot.artifacts)/stray")
        case .orphanFile: _ = try await world.objects.putBytes([1], at: "extracted/NO-SLOT/deep/stray")
        case .latestMismatch: try await world.objects.delete(["\(slot.artifacts)/LATEST.json"])
        case .latestInvalid: _ = try await world.objects.putBytes(Array("{".utf8), at: "\(slot.artifacts)/LATEST.json")
        }
    }

    @Test(arguments: DoctorReport.Issue.Kind.allCases)
    func `finds each kind of issue, repairs it, and finds nothing afterwards`(kind: DoctorReport.Issue.Kind) async throws {
        try await withCatalog { world in
            try await Self.plant(kind, in: world)
            let found = try await world.doctor.examine(fix: false)
            #expect(found.issues.map(\.kind) == [kind])
            #expect(found.issues.allSatisfy { !$0.isFixed })
            let again = try await world.doctor.examine(fix: false)
            #expect(again.issues == found.issues, "looking changes nothing")
            let fixed = try await world.doctor.examine(fix: true)
            #expect(fixed.issues.first?.kind == kind)
            #expect(fixed.issues.allSatisfy { $0.isFixed })
            let healthy = try await world.doctor.examine(fix: false)
            #expect(healthy.issues == [])
            #expect(healthy.drift == 0)
            try await world.expectInvariants()
        }
    }

    @Test func `a lost artifact gives way to the newest version that has its bytes, and its source is asked for again`() async throws {
        try await withCatalog { world in
            let first = try await world.takeIn(["index.html": "old"])
            let job = try await world.job()
            let second = try await world.takeIn(Self.files, job: job)
            try await world.objects.delete([second.storageKey])
            let report = try await world.doctor.examine(fix: true)
            #expect(report.issues.map(\.kind) == [.missingArtifact, .latestInvalid, .latestMismatch])
            #expect(try await world.catalog.latest(of: first.slot)?.version == first.version)
            #expect(try await world.objects.latestVersion(of: first.slot.artifacts) == first.version)
            #expect(try await world.catalog.artifacts(of: second.version).map(\.faultCode) == ["E_MISSING"])
            let asked: Int = try await world.number("select count(*) from portolan.source where sync_requested_at is not null")
            #expect(asked == 1)
            // The source brings it again.
            try await world.takeIn(Self.files, job: job)
            #expect(try await world.catalog.latest(of: first.slot)?.version == second.version)
            #expect(try await world.doctor.examine(fix: false).issues == [])
        }
    }

    @Test func `an empty storage is a folder that is not mounted, until somebody says that all is lost`() async throws {
        try await withCatalog { world in
            let artifact = try await world.takeIn(Self.files)
            try await world.objects.delete(world.keys())
            let fault = await #expect(throws: Fault.self) { try await world.doctor.examine(fix: true) }
            #expect(fault?.code == "E_STORAGE_EMPTY")
            #expect(try await world.catalog.latest(of: artifact.slot)?.version == artifact.version)
            #expect(try await world.doctor.examine(fix: false).issues.contains { $0.kind == .missingArtifact && !$0.isFixed })
            let report = try await Reconciliation(audit: PostgresIndexAudit(world.client), doctor: world.doctor).run()
            let files = try #require(report.parities.first { $0.kind == .files })
            #expect(files.missing == files.total && report.repaired == 0)
            #expect(try await world.doctor.examine(fix: true, allLost: true).issues.allSatisfy(\.isFixed))
            #expect(try await world.catalog.latest(of: artifact.slot) == nil)
        }
    }

    @Test func `files that a job works on at the moment are nobody's orphans`() async throws {
        try await withCatalog { world in
            let slot = CatalogSlot.archive()
            #expect(try await world.catalog.claim(slot, holder: "job", for: .seconds(600)))
            _ = try await world.objects.putBytes([1], at: "\(slot.artifacts)/coming")
            #expect(try await world.doctor.examine(fix: true).issues == [])
            #expect(try await world.objects.exists("\(slot.artifacts)/coming"))
            try await world.catalog.release(slot, holder: "job")
            #expect(try await world.doctor.examine(fix: true).issues.map(\.kind) == [.orphanArtifact])
            #expect(try await world.keys().isEmpty)
        }
    }

    @Test func `drift is the share of what is missing or left over`() async throws {
        try await withCatalog { world in
            let artifact = try await world.takeIn(["a.html": "1", "b.html": "2", "c.html": "3"])
            try await world.objects.delete(["\(artifact.slot.extracted)/\(artifact.id)/a.html"])
            _ = try await world.objects.putBytes([1], at: "\(artifact.slot.extracted)/stray")
            let report = try await world.doctor.examine(fix: false)
            #expect(report.rows == 4)
            #expect(report.drift == 2.0 / 5)
        }
    }

    @Test func `tells what it does as events`() async throws {
        try await withCatalog { world in
            try await Self.plant(.orphanArtifact, in: world)
            _ = try await world.doctor.examine(fix: false)
            _ = try await world.doctor.examine(fix: true)
            let types = try await PostgresEventStore(world.client).events(after: 0, type: "catalog", level: nil, job: nil, limit: 100)
                .map(\.type)
            #expect(
                types == [
                    "catalog.doctor.begin", "catalog.doctor.issue_found", "catalog.doctor.complete", "catalog.doctor.begin",
                    "catalog.doctor.fixed", "catalog.doctor.complete",
                ])
        }
    }

    // MARK: Pruning

    @Test func `pruning tells what would go, and takes it only when it is told to`() async throws {
        try await withCatalog { world in
            var kept: [KeptArtifact] = []
            for number in 0..<7 { kept.append(try await world.takeIn(["index.html": "\(number)"])) }
            let staged = try await world.takeIn(["index.html": "staged"], isLatest: false)
            let young = try await world.takeIn(["index.html": "young"], isLatest: false)
            _ = try await world.client.query(
                "update portolan.catalog_version set created_at = now() - interval '31 days' where id = \(staged.version)")
            _ = try await world.objects.putBytes([1, 2, 3], at: "artifacts/archive-gone/stray")
            _ = try await world.client.query("update portolan.event set at = now() - interval '91 days'")
            let pruner = CatalogPruner(world.boundaries)
            let before = try await world.keys()
            #expect(try await pruner.prune(apply: false).orphans == [], "the stray file is young")
            let later = Date(timeIntervalSinceNow: 31 * 86_400)
            let plan = try await pruner.prune(apply: false, now: later)
            #expect(plan.isDryRun)
            #expect(Set(plan.versions) == [kept[0].version, kept[1].version, staged.version])
            #expect(plan.orphans == ["artifacts/archive-gone/stray"])
            #expect(plan.orphanBytes == 3)
            #expect(plan.events > 0)
            #expect(try await world.keys() == before)
            var done = try await pruner.prune(apply: true, now: later)
            #expect(!done.isDryRun)
            done.isDryRun = true
            #expect(done == plan)
            let after = try await pruner.prune(apply: false, now: later)
            #expect(after.versions.isEmpty && after.orphans.isEmpty && after.events == 0)
            #expect(try await world.catalog.version(young.version) != nil)
            try await world.expectInvariants()
            #expect(try await world.doctor.examine(fix: false).issues == [])
        }
    }

    // MARK: Chance

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the seven invariants hold after operations in any order`(seed: UInt64) async throws {
        try await withCatalog { world in
            var dice = Dice(state: seed)
            let fault = Fault(.security, code: "E_TRAVERSAL", "Up.")
            for step in 0..<25 {
                let source = "https://docs.example.com/\(dice.next(3)).zip"
                let files = Dictionary(
                    (0...dice.next(3)).map { ("folder/\($0).\(dice.next(2) == 0 ? "md" : "html")", "text \(dice.next(3))") }
                ) { $1 }
                switch dice.next(7) {
                case 0, 1: try await world.takeIn(files, source: source)
                case 2: try await world.takeIn(files, source: source, isLatest: false)
                case 3:
                    let artifact = try await world.takeIn(files, source: source, isLatest: false)
                    try await world.boundaries.refuse(artifact, fault)
                case 4:
                    let artifact = try await world.takeIn(files, source: source, isLatest: false)
                    let version = try #require(try await world.catalog.version(artifact.version))
                    try await world.boundaries.purge(
                        version, job: nil, fault, [FileValidation(path: "folder/0.md", validator: "size", status: .fail)])
                case 5:
                    var rules = PruneRules()
                    rules.keep = 1 + dice.next(2)
                    try await world.boundaries.prune(.archive(source), rules: rules)
                default:
                    let keys = try await world.keys()
                    if !keys.isEmpty { try await world.objects.delete([keys[dice.next(keys.count)]]) }
                    _ = try await world.objects.putBytes([7], at: "extracted/\(CatalogSlot.archive(source))/stray")
                    _ = try await world.doctor.examine(fix: true)
                }
                try await world.expectInvariants("seed \(seed), step \(step)")
            }
            _ = try await world.doctor.examine(fix: true)
            #expect(try await world.doctor.examine(fix: false).issues == [])
        }
    }
}

/// Numbers that look like chance and are the same every time (Steele and others, "Fast splittable pseudorandom number generators").
private struct Dice {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
