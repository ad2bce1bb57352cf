import Catalog
import Domain
import EmbeddedServices
import FoundationEssentials
import Glibc
import Postgres
import Storage
import TestSupport
import Testing

/// Deaths by SIGKILL of the product's own process: before each file is made, written, synced, renamed or removed, before each statement is
/// sent, and after it was sent and before its answer is read.
@Suite struct `A process that is killed between two system calls` {
    /// Where archives are extracted: beside the store they are taken over by one rename, on another file system they are copied.
    enum Work: String, CaseIterable { case besideTheStore, elsewhere }

    @Test(arguments: Work.allCases)
    func `leaves no row without its file and no torn file, and a second run completes`(work: Work) async throws {
        try await withTemporaryDirectory { folder in
            let elsewhere = "/dev/shm/portolan-tests-\(ProcessInfo.processInfo.processIdentifier)"
            defer { try? FileManager.default.removeItem(atPath: elsewhere) }
            try await KilledPull.with(work: work == .elsewhere ? elsewhere : folder, filesOnly: work == .elsewhere) { pull in
                let world = pull.world
                let first = try await pull.run(dyingAt: nil)
                try #require(first.status.isSuccess, "\(first.output)")
                let (versions, keys) = (try await world.catalog.latestPointers(), try await world.keys())
                // What the second time looks like when nobody dies.
                try await pull.publish(2)
                try await pull.goBack(to: versions, keys: keys)
                let quiet = try await pull.run(dyingAt: nil)
                try #require(quiet.status.isSuccess, "\(quiet.output)")
                let end = try await pull.picture()
                for call in ["create", "write", "fsync", "rename", "mkdir"] + (pull.filesOnly ? [] : ["send", "sent"]) {
                    #expect(quiet.steps.contains(call))
                }

                var step = 1
                while true {
                    try await pull.goBack(to: versions, keys: keys)
                    let killed = try await pull.run(dyingAt: step)
                    if killed.status.isSuccess { break }
                    let place: Comment = "\(work), step \(step), before \(killed.steps.last ?? "?"): \(killed.output)"
                    #expect(killed.status == .signaled(SIGKILL), place)
                    try await world.expectInvariants(place)
                    #expect(try await pull.tornFiles() == [], place)
                    // The claim of what died runs out; until then nobody judges its files.
                    _ = try await world.client.query("update portolan.slot_claim set expires_at = now()")
                    let found = try await world.doctor.examine(fix: false).issues.map(\.kind.rawValue)
                    #expect(!found.contains { $0.hasPrefix("missing_") || $0 == "latest_invalid" }, place)

                    let again = try await pull.run(dyingAt: nil)
                    #expect(again.status.isSuccess, "\(place)\nagain: \(again.output)")
                    try await world.expectInvariants(place)
                    #expect(try await pull.picture() == end, place)
                    #expect(
                        try await world.doctor.examine(fix: true).issues.map(\.kind.rawValue).filter { $0 != "latest_mismatch" } == [],
                        place)
                    step += 1
                }
                // Connections are opened side by side, so that no two runs have quite the same number of steps.
                #expect(step > quiet.steps.count / 2)
                #expect(try FileManager.default.contentsOfDirectory(atPath: pull.work).filter { $0.hasPrefix("job-") }.isEmpty)
            }
        }
    }
}
