import Digests
import Domain
import FoundationEssentials
import Policy
import Postgres
import Storage
import Testing

@Suite(.serialized) struct `The catalog's rows` {
    private struct Bench {
        let stores: Stores
        let gates = GateRegistry()
        var catalog: PostgresCatalogStore { PostgresCatalogStore(stores.client, gates: gates) }

        func crossing(
            _ boundary: CatalogBoundary, version: CatalogVersion, artifact: String? = nil, holder: String = "me"
        ) -> BoundaryCrossing {
            BoundaryCrossing(boundary, slot: version.slot, holder: holder, job: nil, version: version.id, artifact: artifact)
        }

        /// Crosses a boundary whose files are stored.
        func cross(_ crossing: BoundaryCrossing, _ change: CatalogChange) async throws {
            #expect(try await catalog.begin(crossing, for: .seconds(60)))
            try await catalog.commit(crossing, change, filesAreStored: true, began: .now)
        }

        /// A version of one artifact with `files`, published.
        func publish(_ label: String, files: [String: String], slot: CatalogSlot = .test) async throws -> CatalogVersion {
            let artifact = SHA256.hash(label).hexadecimal
            let version = CatalogVersion(
                id: String(SHA256.hash(slot.rawValue + artifact).hexadecimal.prefix(32)), service: "archive", slot: slot, label: label,
                createdAt: Date())
            try await cross(
                crossing(.download, version: version), .arrival(version, [.of(artifact, version: version)]))
            try await cross(
                crossing(.extraction, version: version, artifact: artifact),
                .files(
                    files.map {
                        ExtractedFile(
                            path: $0.key, bytes: Int64($0.value.utf8.count), digest: SHA256.hash($0.value),
                            storageKey: "\(slot.extracted)/\(artifact)/\($0.key)")
                    }))
            try await cross(crossing(.latest, version: version), .latest(by: "test"))
            return version
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withStores { try await body(Bench(stores: $0)) }
    }

    @Test func `what was taken in is there, with sums, and taking it in again adds nothing`() async throws {
        try await withBench { bench in
            for round in 1...2 {
                let version = try await bench.publish("one", files: ["a/index.html": "abc", "b.md": "de", "logo": ""])
                #expect(try await bench.catalog.version(version.id)?.state == .published)
                #expect(try await bench.catalog.files(of: version.id).map(\.path) == ["a/index.html", "b.md", "logo"])
                #expect(try await bench.catalog.files(of: version.id).map(\.format) == ["html", "md", "bin"])
                #expect(try await bench.catalog.latest(of: .test)?.version == version.id)
                #expect(try await bench.stores.number("select sum(files) from portolan.catalog_usage") == 3, "round \(round)")
                #expect(try await bench.stores.number("select sum(bytes) from portolan.catalog_usage") == 5)
                #expect(try await bench.stores.number("select count(*) from portolan.artifact") == 1)
                #expect(try await bench.stores.number("select count(*) from portolan.catalog_version") == 1)
                #expect(try await bench.stores.number("select count(*) from portolan.slot_claim") == 0)
            }
        }
    }

    @Test func `a crossing writes its events in the transaction of its rows`() async throws {
        try await withBench { bench in
            _ = try await bench.publish("one", files: ["a": "1"])
            let types = try await PostgresEventStore(bench.stores.client).events(after: 0, type: nil, level: nil, job: nil, limit: 100)
                .map(\.type)
            #expect(
                types == [
                    "boundary.download.begin", "boundary.download.success", "db.tx.commit", "boundary.extraction.begin",
                    "boundary.extraction.success", "db.tx.commit", "boundary.latest.begin", "boundary.latest.success", "db.tx.commit",
                ])
            #expect(bench.gates.snapshot[.databaseBoundary]?.passes == 3)
        }
    }

    @Test func `nothing is committed while the files are not stored`() async throws {
        try await withBench { bench in
            let version = CatalogVersion.of("one")
            let crossing = bench.crossing(.download, version: version)
            #expect(try await bench.catalog.begin(crossing, for: .seconds(60)))
            let fault = await #expect(throws: Fault.self) {
                try await bench.catalog.commit(crossing, .arrival(version, []), filesAreStored: false, began: .now)
            }
            #expect(fault?.code == "E_DB_TX")
            #expect(try await bench.catalog.version(version.id) == nil)
            try await bench.catalog.abort(crossing, try #require(fault), leaving: nil)
            #expect(try await bench.stores.number("select count(*) from portolan.event where type = 'db.tx.rollback'") == 1)
            #expect(try await bench.stores.number("select count(*) from portolan.slot_claim") == 0)
        }
    }

    @Test func `a slot belongs to one at a time, until the claim runs out`() async throws {
        try await withBench { bench in
            let version = CatalogVersion.of("one")
            let (mine, yours) = (
                bench.crossing(.download, version: version), bench.crossing(.download, version: version, holder: "you")
            )
            #expect(try await bench.catalog.begin(mine, for: .seconds(60)))
            #expect(try await !bench.catalog.begin(yours, for: .seconds(60)))
            _ = try await bench.stores.client.query("update portolan.slot_claim set expires_at = now()")
            #expect(try await bench.catalog.claim(.test, holder: "you", for: .seconds(60)))
            let fault = await #expect(throws: Fault.self) {
                try await bench.catalog.commit(mine, .arrival(version, []), filesAreStored: true, began: .now)
            }
            #expect(fault?.code == "E_SLOT_LOST")
            try await bench.catalog.release(.test, holder: "me")
            #expect(try await bench.stores.number("select count(*) from portolan.slot_claim") == 1)
        }
    }

    @Test func `the latest version is a published one of the slot with its bytes`() async throws {
        try await withBench { bench in
            let version = try await bench.publish("one", files: ["a": "1"])
            let artifact = try #require(try await bench.catalog.artifacts(of: version.id).first)
            let states = try #require(
                await #expect(throws: PostgresError.self) {
                    _ = try await bench.stores.client.query("update portolan.catalog_version set state = 'rejected'")
                })
            #expect(states.sqlState == "23503")
            let other = CatalogVersion.of("two")
            try await bench.cross(bench.crossing(.download, version: other), .arrival(other, [.of(artifact.id, version: other)]))
            try await bench.cross(
                bench.crossing(.extraction, version: other, artifact: artifact.id), .refusal(code: "E_TRAVERSAL"))
            let latest = bench.crossing(.latest, version: other)
            #expect(try await bench.catalog.begin(latest, for: .seconds(60)))
            let fault = await #expect(throws: Fault.self) {
                try await bench.catalog.commit(latest, .latest(by: "test"), filesAreStored: true, began: .now)
            }
            #expect(fault?.code == "E_LATEST_MISMATCH")
            #expect(try await bench.catalog.latest(of: .test)?.version == version.id)
            #expect(try await bench.catalog.artifacts(of: other.id).first?.faultCode == "E_TRAVERSAL")
        }
    }

    @Test func `validations replace each other, and a purge leaves the failures alone`() async throws {
        try await withBench { bench in
            let version = CatalogVersion.of("one")
            let artifact = SHA256.hash("bytes").hexadecimal
            try await bench.cross(bench.crossing(.download, version: version), .arrival(version, [.of(artifact, version: version)]))
            try await bench.cross(
                bench.crossing(.extraction, version: version, artifact: artifact),
                .files([ExtractedFile(path: "a.html", bytes: 1, digest: SHA256.hash("x"), storageKey: "k/a.html")]))
            for status in [FileValidation.Status.pass, .fail] {
                try await bench.cross(
                    bench.crossing(.validation, version: version),
                    .validations([
                        FileValidation(path: "a.html", validator: "size", status: .pass),
                        FileValidation(path: "a.html", validator: "links", status: status, detail: "gone"),
                    ]))
            }
            #expect(try await bench.stores.number("select count(*) from portolan.validation where file_id is not null") == 2)
            #expect(try await bench.stores.number("select sum(validations) from portolan.validation_count where status = 'fail'") == 1)
            try await bench.cross(
                bench.crossing(.validation, version: version),
                .purge([FileValidation(path: "a.html", validator: "links", status: .fail, detail: "gone")]))
            #expect(try await bench.catalog.version(version.id)?.state == .rejected)
            #expect(try await bench.catalog.files(of: version.id).isEmpty)
            #expect(try await bench.catalog.artifacts(of: version.id).map(\.storageKey) == [nil])
            #expect(try await bench.stores.number("select count(*) from portolan.validation") == 1)
            #expect(try await bench.stores.number("select coalesce(sum(files), 0) from portolan.catalog_usage") == 0)
            #expect(try await bench.stores.number("select sum(validations) from portolan.validation_count") == 1)
        }
    }

    @Test func `plans are kept once and found by their sources`() async throws {
        try await withBench { bench in
            let (older, newer) = (SHA256.hash("1").hexadecimal, SHA256.hash("2").hexadecimal)
            let sources = SHA256.hash("sources").hexadecimal
            for (number, id) in [older, newer, older].enumerated() {
                try await bench.catalog.keep(
                    CatalogPlan(
                        id: id, sourcesHash: sources, lockfile: "{\"entries\": []}", createdAt: Date(timeIntervalSince1970: Double(number)))
                )
            }
            #expect(try await bench.catalog.plan(forSources: sources)?.id == newer)
            #expect(try await bench.catalog.plan(older)?.createdAt == Date(timeIntervalSince1970: 0))
            for _ in 1...2 { try await bench.catalog.keepDiff(from: older, to: newer, diff: "{}") }
            #expect(try await bench.stores.number("select count(*) from portolan.plan_diff") == 1)
        }
    }
}

extension CatalogSlot {
    static let test = CatalogSlot(rawValue: "archive-test")!
}

extension CatalogVersion {
    static func of(_ label: String) -> CatalogVersion {
        CatalogVersion(
            id: String(SHA256.hash(label).hexadecimal.prefix(32)), service: "archive", slot: .test, label: label, createdAt: Date())
    }
}

extension Artifact {
    static func of(_ id: String, version: CatalogVersion) -> Artifact {
        Artifact(
            id: id, version: version.id, status: .fresh, name: "docs.zip", storageKey: "\(version.slot.artifacts)/\(id)", bytes: 3,
            sourceURL: "https://docs.example.com/docs.zip", fetchedAt: Date())
    }
}
