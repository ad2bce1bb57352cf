import Digests
import Domain
import FoundationEssentials
import ObjectStorage
import Policy
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@testable import Catalog

@Suite(.serialized) struct `The boundaries of the catalog` {
    private static let files = ["index.html": "<p>1</p>", "guide/a.md": "# A", "guide/deep/b.md": "# B"]
    private static let changed = ["index.html": "<p>2</p>", "guide/a.md": "# A"]

    @Test func `what a source brings is kept with its rows, and the same again adds nothing`() async throws {
        try await withCatalog { world in
            let artifact = try await world.takeIn(Self.files)
            let (picture, keys) = (try await world.picture(), try await world.keys())
            #expect(picture.count == 6)
            #expect(keys.count == 5)
            #expect(try await world.catalog.artifacts(of: artifact.version).map(\.status) == [.fresh])
            #expect(try await world.objects.latestVersion(of: artifact.slot.artifacts) == artifact.version)
            try await world.takeIn(Self.files)
            #expect(try await world.picture() == picture)
            #expect(try await world.keys() == keys)
            #expect(try await world.catalog.artifacts(of: artifact.version).map(\.status) == [.cached])
            try await world.expectInvariants()
        }
    }

    @Test func `another release is another version, and going back to the first one makes it the latest again`() async throws {
        try await withCatalog { world in
            let first = try await world.takeIn(Self.files)
            let second = try await world.takeIn(Self.changed)
            #expect(first.slot == second.slot)
            #expect(try await world.catalog.latest(of: first.slot)?.version == second.version)
            try await world.takeIn(Self.files)
            #expect(try await world.catalog.latest(of: first.slot)?.version == first.version)
            #expect(try await world.number("select count(*) from portolan.catalog_version") == 2)
            try await world.expectInvariants()
        }
    }

    @Test func `a file that was lost comes back when the same is taken in again`() async throws {
        try await withCatalog { world in
            let artifact = try await world.takeIn(Self.files)
            let keys = try await world.keys()
            try await world.objects.delete([artifact.storageKey, "\(artifact.slot.extracted)/\(artifact.id)/guide/a.md"])
            try await world.takeIn(Self.files)
            #expect(try await world.keys() == keys)
            try await world.expectInvariants()
        }
    }

    @Test func `a worker that lost its job commits nothing for it, and leaves the slot to the one that has it`() async throws {
        try await withCatalog { world in
            var job = try await world.job()
            func lease(_ fence: Int64) async throws -> JobLease {
                _ = try await world.client.query(
                    """
                    update portolan.job set lease_holder = \("worker \(fence)"), fence = \(fence), lease_expires_at = now() + interval '1 minute',
                      progressed_at = now() - interval '1 hour' where id = \(job.id.uuid)
                    """)
                return JobLease(job: job.id, fence: fence, holder: "worker \(fence)")
            }
            job.lease = try await lease(1)
            let artifact = try await world.takeIn(Self.files, isLatest: false, job: job)
            // Who crosses a boundary gets on, however long it is since the last page.
            #expect(try await world.number("select count(*) from portolan.job where progressed_at > now() - interval '1 minute'") == 1)
            let late = world.boundaries.crossing(.validation, artifact)
            #expect(try await world.catalog.begin(late, for: .seconds(60)))

            job.lease = try await lease(2)
            let version = try #require(try await world.catalog.version(artifact.version))
            let next = world.boundaries.crossing(.validation, artifact.slot, job, version: artifact.version)
            #expect(try await world.catalog.begin(next, for: .seconds(60)), "What an earlier run of the job claimed is its own.")
            await #expect(throws: LeaseLoss.fenced) {
                try await world.catalog.commit(late, .validations([]), filesAreStored: true, began: .now)
            }
            await #expect(throws: LeaseLoss.fenced) { try await world.catalog.begin(late, for: .seconds(60)) }
            try await world.catalog.abort(late, Fault(.internal, code: "E_TEST", "Late."), leaving: .refusal(code: "E_TEST"))
            #expect(try await world.catalog.version(artifact.version)?.state == version.state)
            #expect(try await world.number("select count(*) from portolan.slot_claim where holder = \(next.holder)") == 1)
            try await world.catalog.commit(next, .validations([]), filesAreStored: true, began: .now)
            #expect(try await world.number("select count(*) from portolan.slot_claim") == 0)

            let stopped = world.boundaries.crossing(.validation, artifact.slot, job, version: artifact.version)
            _ = try await PostgresJobStore(world.client).requestStop(job.id, access: .all)
            await #expect(throws: LeaseLoss.stopRequested) { try await world.catalog.begin(stopped, for: .seconds(60)) }
            try await world.expectInvariants()
        }
    }

    @Test func `an artifact that is refused keeps its reason and nothing else`() async throws {
        try await withCatalog { world in
            let bytes = Array("bomb".utf8)
            let kind = try #require(SourceKind(rawValue: "archive"))
            let artifact = try await world.boundaries.download(
                ArtifactArrival(
                    .bytes(bytes), size: 4, digest: SHA256.hash(bytes).hexadecimal, name: "bomb.zip", kind: kind,
                    source: "https://docs.example.com/bomb.zip", url: "https://docs.example.com/bomb.zip"))
            try await world.boundaries.refuse(artifact, Fault(.security, code: "E_ENTRY_RATIO", "A bomb."))
            #expect(try await world.catalog.artifacts(of: artifact.version).map(\.faultCode) == ["E_ENTRY_RATIO"])
            #expect(try await world.catalog.version(artifact.version)?.state == .rejected)
            #expect(try await world.keys().isEmpty)
            let errors: Int = try await world.number("select count(*) from portolan.event where type = 'boundary.extraction.error'")
            #expect(errors == 1)
            try await world.expectInvariants()
        }
    }

    @Test func `only the newest five versions of a slot stay, with their files, and the latest one always`() async throws {
        try await withCatalog { world in
            var versions: [KeptArtifact] = []
            for number in 0..<7 { versions.append(try await world.takeIn(["index.html": "\(number)"])) }
            try await world.boundaries.setLatest(versions[0].version, of: versions[0].slot, by: "test")
            let gone = try await world.boundaries.prune(versions[0].slot)
            #expect(gone.map(\.id) == [versions[1].version, versions[2].version])
            #expect(try await world.catalog.latest(of: versions[0].slot)?.version == versions[0].version)
            #expect(try await world.keys().count == 11)
            try await world.expectInvariants()
        }
    }

    // MARK: Death

    /// Runs `operation` in processes that die at each of their calls in turn, and then once more to its end.
    private func dyingEverywhere(
        in world: CatalogWorld, prepare: (CatalogWorld) async throws -> Void,
        operation: (CatalogBoundaries, CatalogWorld) async throws -> Void, check: (CatalogWorld) async throws -> Void
    ) async throws {
        for moment in Mortal.Moment.allCases {
            var call = 1
            while true {
                let life = Mortal(last: call, moment)
                let objects = LocalObjectStore(root: world.folder + "/store", gates: GateRegistry())
                let mortal = CatalogBoundaries(
                    catalog: MortalCatalog(store: world.catalog, life: life), objects: MortalObjects(store: objects, life: life))
                try await prepare(world)
                var died = false
                do { try await operation(mortal, world) } catch { died = true }
                guard life.isDead else { break }
                #expect(died)
                try await world.expectInvariants("died \(moment) call \(call)")
                // The claim of what died runs out.
                _ = try await world.client.query("update portolan.slot_claim set expires_at = now()")
                try await operation(world.boundaries, world)
                try await world.expectInvariants("again after a death \(moment) call \(call)")
                try await check(world)
                for slot in try await world.catalog.latestPointers().map(\.slot) {
                    _ = try await world.client.query("delete from portolan.latest_pointer where slot = \(slot.rawValue)")
                }
                _ = try await world.client.query("delete from portolan.catalog_version")
                for prefix in ["artifacts", "extracted"] { try await world.objects.deleteFolder(prefix) }
                call += 1
            }
            #expect(call > 3)
        }
    }

    @Test func `a death at any step of download, extraction and latest leaves no row without its file, and a re-run completes`()
        async throws
    {
        try await withCatalog { world in
            try await dyingEverywhere(in: world, prepare: { _ in }) { boundaries, world in
                try await world.takeIn(Self.files, boundaries: boundaries)
            } check: { world in
                let (keys, picture) = (try await world.keys(), try await world.picture())
                #expect(keys.count == 5)
                #expect(picture.count == 6)
            }
        }
    }

    @Test func `a death at any step of a refusal leaves no row without its file, and a re-run completes`() async throws {
        try await withCatalog { world in
            try await dyingEverywhere(in: world, prepare: { _ in }) { boundaries, world in
                let artifact = try await world.takeIn(Self.files, boundaries: boundaries, isLatest: false)
                try await boundaries.refuse(artifact, Fault(.security, code: "E_TRAVERSAL", "Up."))
            } check: { world in
                let (keys, picture) = (try await world.keys(), try await world.picture())
                #expect(keys.isEmpty)
                #expect(picture.count == 2)
            }
        }
    }

    @Test func `a death at any step of a purge leaves no row without its file, and a re-run completes`() async throws {
        try await withCatalog { world in
            try await dyingEverywhere(in: world, prepare: { _ in }) { boundaries, world in
                let artifact = try await world.takeIn(Self.files, boundaries: boundaries, isLatest: false)
                let version = try #require(try await world.catalog.version(artifact.version))
                let failure = FileValidation(path: "index.html", validator: "links", status: .fail, detail: "gone")
                try await boundaries.validate(version, job: nil, [FileValidation(path: "index.html", validator: "size", status: .pass)])
                try await boundaries.purge(version, job: nil, Fault(.validation, code: "E_VALIDATION_FAILED", "No."), [failure])
            } check: { world in
                let keys = try await world.keys()
                let failures = try await world.number("select count(*) from portolan.validation")
                #expect(keys.isEmpty)
                #expect(failures == 1)
            }
        }
    }

    @Test func `a death at any step of pruning leaves no row without its file, and the doctor finds what is left`() async throws {
        try await withCatalog { world in
            let slot = CatalogSlot.archive()
            try await dyingEverywhere(in: world) { world in
                for number in 0..<3 { try await world.takeIn(["index.html": "\(number)"]) }
            } operation: { boundaries, world in
                var rules = PruneRules()
                rules.keep = 1
                try await boundaries.prune(slot, rules: rules)
            } check: { world in
                _ = try await world.doctor.examine(fix: true)
                #expect(try await world.keys().count == 3)
                #expect(try await world.doctor.examine(fix: false).issues == [])
            }
        }
    }

    @Test func `a job that is run again takes over what it held when it died`() async throws {
        try await withCatalog { world in
            let job = try await world.job()
            let life = Mortal(last: 3, .before)
            let mortal = CatalogBoundaries(
                catalog: MortalCatalog(store: world.catalog, life: life), objects: MortalObjects(store: world.objects, life: life))
            await #expect(throws: Mortal.Death.self) { try await world.takeIn(Self.files, boundaries: mortal, job: job) }
            #expect(try await world.number("select count(*) from portolan.slot_claim") == 1)
            let artifact = try await world.takeIn(Self.files, isLatest: false, job: job)
            #expect(try await world.catalog.version(takenInBy: job.id)?.id == artifact.version)
            #expect(try await world.number("select count(*) from portolan.slot_claim") == 0)
        }
    }

    @Test func `a crash between temporary file and rename leaves neither file nor row`() async throws {
        struct Crash: Error {}
        try await withCatalog { world in
            let crashing = LocalObjectStore(root: world.folder + "/store", gates: GateRegistry()) { throw Crash() }
            let boundaries = CatalogBoundaries(catalog: world.catalog, objects: crashing)
            await #expect(throws: Crash.self) { try await world.takeIn(Self.files, boundaries: boundaries) }
            #expect(try await world.keys().isEmpty)
            #expect(try await world.picture().isEmpty)
            let errors: Int = try await world.number("select count(*) from portolan.event where type = 'boundary.download.error'")
            #expect(errors == 1)
        }
    }
}
