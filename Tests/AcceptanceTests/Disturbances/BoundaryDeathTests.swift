import EmbeddedServices
import FoundationEssentials
import Glibc
import Postgres
import TestSupport
import Testing

extension Acceptance {
    /// Deaths by SIGKILL of a worker with a job: between the write of a file, its rename, the statements and the commits, and the
    /// acknowledgement of the message.
    @Suite(.serialized) struct BoundaryDeaths {
        /// Steps to die at: the renames that give files their names and what follows them, and the rest of the job in even parts.
        private static func chosen(_ steps: [String], from start: Int) -> [Int] {
            let job = start + 1..<steps.count + 1
            let renames = job.filter { steps[$0 - 1] == "rename" }
            var chosen: Set<Int> = []
            for rename in [renames.first, renames.last].compactMap(\.self) { chosen.formUnion([rename, rename + 1]) }
            for part in 1...4 { chosen.insert(start + job.count * part / 4) }
            return chosen.sorted()
        }

        @Test func `a worker that dies anywhere in a job leaves nothing torn, and the job is done once by another one`() async throws {
            try await DyingWorker.with { it in
                // What a job comes to when nobody dies.
                let log = it.fleet.folder + "/steps-quiet"
                let first = try await it.start(dyingAt: nil, log: log)
                try #require(first.process.exitStatus == nil, "\(first.lines.suffix(5))")
                let start = DyingWorker.steps(log).count
                let quiet = try await it.submit("quiet")
                #expect(try await it.fleet.end(of: quiet) == "COMPLETED")
                let steps = DyingWorker.steps(log)
                await first.process.terminate(grace: .seconds(30))
                for call in ["create", "write", "fsync", "rename", "send", "sent"] {
                    #expect(steps.dropFirst(start).contains(call), "\(call)")
                }
                #expect(try await it.damage() == [])

                var deaths = 0
                for step in Self.chosen(steps, from: start) {
                    let name = "dying-\(step)"
                    let log = it.fleet.folder + "/steps-\(step)"
                    let dying = try await it.start(dyingAt: step, log: log)
                    let job = try await it.submit(name)
                    try await it.wait(for: job, or: dying)
                    let place: Comment = "step \(step), before \(DyingWorker.steps(log).last ?? "?")"
                    // Two runs do not have quite the same number of steps: the last ones may not be reached.
                    if let status = dying.process.exitStatus {
                        #expect(status == .signaled(SIGKILL), place)
                        deaths += 1
                    }
                    await dying.process.terminate(grace: .seconds(30))
                    try await it.settle()
                    #expect(try await it.damage() == [], place)

                    let other = try await it.start(dyingAt: nil, log: log + "-again")
                    #expect(try await it.fleet.end(of: job) == "COMPLETED", place)
                    try await Self.expectDoneOnce(job, name, it, place)
                    await other.process.terminate(grace: .seconds(30))
                    try await it.settle()
                }
                #expect(deaths > 0)
                // Messages of the dead are taken over and acknowledged, and nothing is done again for them.
                let jobs = try await it.fleet.number("select sum(fence)::bigint as n from portolan.job")
                let last = try await it.start(dyingAt: nil, log: it.fleet.folder + "/steps-last")
                try await eventually(within: .seconds(120)) {
                    try await it.fleet.command("xpending", "portolan:jobs:high", "workers").split(separator: "\n").first == "0"
                }
                await last.process.terminate(grace: .seconds(30))
                #expect(try await it.fleet.number("select sum(fence)::bigint as n from portolan.job") == jobs)
                // What the dead left beside the store went with the jobs after them.
                let work = try FileManager.default.contentsOfDirectory(atPath: it.fleet.folder + "/work")
                #expect(work.filter { $0.hasPrefix("job-") } == [])
            }
        }

        private static func expectDoneOnce(_ job: String, _ name: String, _ it: DyingWorker, _ place: Comment) async throws {
            #expect(try await it.damage() == [], place)
            let fleet = it.fleet
            let sections = try await fleet.number(
                """
                select count(distinct s.page_path) as n from portolan.section s join portolan.documentation d on d.id = s.documentation_id
                join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id where l.name = \(name)
                """)
            #expect(sections == 3, place)
            #expect(
                try await fleet.number(
                    "select count(*) as n from portolan.catalog_version where job_id::text = \(job) and state = 'published'") == 1, place)
            #expect(
                try await fleet.number(
                    """
                    select count(*) as n from portolan.latest_pointer p join portolan.catalog_version v on v.id = p.version_id
                    where v.job_id::text = \(job)
                    """) == 1, place)
            #expect(
                try await fleet.number(
                    "select count(*) as n from portolan.job j join portolan.documentation d on d.id = j.documentation_id "
                        + "join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id "
                        + "where l.name = \(name)") == 1, place)
            #expect(try await fleet.number("select count(*) as n from portolan.dead_letter") == 0, place)
        }
    }
}
