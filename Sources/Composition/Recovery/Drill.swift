import APIClient
import APIModel
import APIServer
import Digests
import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import Logging
import Postgres
import Primitives
import Storage

/// `portolan drill`: a stack of its own is filled, backed up, killed and wiped for real, and brought back from its backup alone.
///
/// Markers are written up to the moment of the disaster; the last one that comes back tells the recovery point. The clock of the recovery time runs
/// from the disaster to the first answer of the stack that was brought back.
package struct Drill: Sendable {
    /// What is to be reached and how.
    package struct Options: Sendable {
        /// Absolute path of a folder that is missing or empty; nil makes one and removes it afterwards.
        package var folder: String?
        /// Longest time in seconds.
        package var rpo: Double
        /// Longest time in seconds.
        package var rto: Double
        /// Pages of the documentation that is lost and brought back.
        package var pages: Int
        /// How long changes go on before the disaster, in seconds: longer than the backups take to follow.
        package var load: Double

        package init(folder: String?, rpo: Double, rto: Double, pages: Int, load: Double) {
            (self.folder, self.rpo, self.rto, self.pages, self.load) = (folder, rpo, rto, pages, load)
        }
    }

    let options: Options
    let surroundings: [String: String]
    let progress: @Sendable (String) -> Void

    /// - Parameters:
    ///   - surroundings: environment of the process.
    ///   - progress: told what begins.
    package init(_ options: Options, surroundings: [String: String], progress: @escaping @Sendable (String) -> Void) {
        (self.options, self.surroundings, self.progress) = (options, surroundings, progress)
    }

    /// Runs the drill.
    ///
    /// - Throws: ``OperatorFailure`` when a step cannot be done at all; targets that are missed are in the report.
    package func run() async throws -> DrillReport {
        let isOwn = options.folder == nil
        let folder = options.folder ?? "/tmp/portolan-drill-\(UUID().uuidString.prefix(8).lowercased())"
        if let names = try? FileManager.default.contentsOfDirectory(atPath: folder), !names.isEmpty {
            throw OperatorFailure(.refused, "\(folder) is not empty.", hint: "A drill wipes what it works on: give it a folder of its own.")
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The account of Postgres passes through.
        _ = unsafe chmod(folder, 0o755)
        defer { if isOwn { try? FileManager.default.removeItem(atPath: folder) } }
        do {
            return try await drill(DrillStack.Place(folder: folder))
        } catch {
            throw OperatorFailure.of(error)
        }
    }

    private func drill(_ place: DrillStack.Place) async throws -> DrillReport {
        var report = DrillReport(startedAt: Date(), rpo: options.rpo, rto: options.rto)
        let environment = place.environment(surroundings, key: Authenticity.randomBytes(32).hexadecimal)
        try DrillSite.write(options.pages, to: place.site)
        let before = try await step("start", &report) { _ in try await DrillStack.start(place, environment: environment) }
        let lost: Lost
        do {
            lost = try await fill(before, place, &report)
        } catch {
            await before.stop()
            throw error
        }
        progress("the disaster: every process is killed, all data are removed")
        await before.crash()
        let disaster = ContinuousClock.now
        for path in [place.state] { try FileManager.default.removeItem(atPath: path) }
        report.check("wiped", !FileManager.default.fileExists(atPath: place.state), place.state)

        try await step("restore", &report) { _ in try await restore(place, environment) }
        let after = try await step("start again", &report) { _ in try await DrillStack.start(place, environment: environment) }
        do {
            try await after.withClient { client in
                _ = try await client.search(DrillSite.questions[0])
                report.rtoSeconds = Self.seconds(since: disaster)
            }
            try await step("compare", &report) { try await compare(after, lost, &$0) }
            try await step("redis", &report) { try await rebuildRedis(after, place, &$0) }
        } catch {
            await after.stop()
            throw error
        }
        await after.stop()
        try await step("damage", &report) { try await refuseDamage(place, environment, &$0) }
        report.backupBytes = Self.bytes(below: place.backup)
        report.conclude()
        return report
    }

    // MARK: Before

    /// What is known of the data that get lost.
    private struct Lost {
        var fingerprint: Fingerprint
        var answers: [[String]]
        /// The last marker whose commit was confirmed, in seconds since 1970.
        var lastMarker = 0.0
    }

    private func fill(_ stack: DrillStack, _ place: DrillStack.Place, _ report: inout DrillReport) async throws -> Lost {
        try await step("ingest", &report) { _ in try await ingest(stack, place) }
        // A base backup is taken at the start, before there was anything: all that counts comes back from the log.
        try await step("first base backup", &report) { _ in try await waitForBase(stack) }
        // The worker looks at the documentation once more when the job has completed: nothing may change behind the fingerprint.
        try await waitForVerification(stack)
        let fingerprint = try await stack.withDatabase { try await Fingerprint($0) }
        let answers = try await stack.withClient { try await Self.answers($0) }
        report.rows = fingerprint.rows
        report.databaseBytes = try await stack.withDatabase {
            try await $0.query("select pg_database_size(current_database()) as n").single().decode("n", as: Int64.self)
        }
        var lost = Lost(fingerprint: fingerprint, answers: answers)
        let load = options.load
        (report.markersWritten, lost.lastMarker) = try await step("write markers", &report) { _ in
            try await stack.withDatabase { try await Self.writeMarkers($0, for: load) }
        }
        return lost
    }

    /// - Parameter meanwhile: done when the job is accepted, while it runs.
    private func ingest(_ stack: DrillStack, _ place: DrillStack.Place, meanwhile: () async throws -> Void = {}) async throws {
        let claim = try PortClaim.of(nil)
        defer { withExtendedLifetime(claim) {} }
        let port = claim.port
        let quiet = Logger(label: "drill") { _ in SwiftLogNoOpLogHandler() }
        let server = FolderServer(folder: place.site, port: port, logger: quiet)
        let isServing = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run { isServing.continuation.finish() } }
            for await _ in isServing.stream {}
            try await stack.withClient { client in
                let request = StartIngestionRequest(
                    webURL: "http://127.0.0.1:\(port)/", crawlDepth: 2, library: "drill", version: "latest")
                let job = try await client.startIngestion(request, idempotencyKey: nil).jobID
                try await meanwhile()
                try await Self.complete(job, client)
            }
            group.cancelAll()
        }
    }

    private static func complete(_ job: String, _ client: PortolanClient) async throws {
        while true {
            let detail = try await client.job(job)
            if detail.status == .completed { return }
            guard !detail.status.isFinal else {
                throw OperatorFailure(.failed, "The job of the drill is \(detail.status): \(detail.error?.message ?? "")")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func waitForBase(_ stack: DrillStack) async throws {
        let deadline = Deadline.after(.seconds(120))
        while true {
            let states = try await stack.withDatabase { try await PostgresBackupLedger($0).states() }
            if states.contains(where: { $0.kind == "base" && $0.succeeded != nil }) { return }
            guard !deadline.hasPassed else {
                let error = states.compactMap(\.error).first ?? "see \(stack.state.logs)/backup.log"
                throw OperatorFailure(.failed, "No base backup within 120 s: \(error)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private func waitForVerification(_ stack: DrillStack) async throws {
        let deadline = Deadline.after(.seconds(120))
        try await stack.withDatabase { client in
            while try await client.query("select count(*) as n from portolan.verification").single().decode("n", as: Int64.self) == 0 {
                guard !deadline.hasPassed else {
                    throw OperatorFailure(.failed, "The documentation of the drill was not verified within 120 s.")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Commits a marker ten times a second. Returns how many, and the time of the last one.
    private static func writeMarkers(_ client: PostgresClient, for seconds: Double) async throws -> (Int, Double) {
        _ = try await client.query("create schema drill")
        _ = try await client.query("create table drill.marker (number int primary key, at timestamptz not null default clock_timestamp())")
        let end = ContinuousClock.now + .seconds(seconds)
        var (number, last) = (0, 0.0)
        while ContinuousClock.now < end {
            number += 1
            last = try await client.query(
                "insert into drill.marker (number) values (\(Int32(number))) returning extract(epoch from at)::float8 as at"
            ).single().decode("at", as: Double.self)
            try await Task.sleep(for: .milliseconds(100))
        }
        return (number, last)
    }

    /// URLs and rounded scores of the first results of every question.
    private static func answers(_ client: PortolanClient) async throws -> [[String]] {
        var answers: [[String]] = []
        for question in DrillSite.questions {
            let hits = try await client.search(question, limit: 10).items
            answers.append(hits.map { "\($0.url) \(Int(($0.score * 10_000).rounded()))" })
        }
        return answers
    }

    // MARK: After

    private func restore(_ place: DrillStack.Place, _ environment: [String: String]) async throws {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        // The command itself, as an operator would run it.
        var environment = environment
        environment["PORTOLAN_WORK_DIR"] = place.folder + "/work"
        try await ChildProcess.run(
            executable, arguments: ["restore", "--target", place.state, "--json"], environment: environment, limit: .seconds(3600))
    }

    private func compare(_ stack: DrillStack, _ lost: Lost, _ report: inout DrillReport) async throws {
        let there = try await stack.withDatabase { try await Fingerprint($0) }
        report.check("rows", there.rows == lost.fingerprint.rows, "\(there.rows.values.reduce(0, +)) rows in \(there.rows.count) tables")
        report.check("checksums", there.checksums == lost.fingerprint.checksums, "\(there.checksums.count) tables")
        let answers = try await stack.withClient { try await Self.answers($0) }
        let hits = answers.reduce(0) { $0 + $1.count }
        report.check("search results", answers == lost.answers && hits > 0, "\(hits) results of \(answers.count) questions")
        let (count, highest, last) = try await stack.withDatabase { client in
            let row = try await client.query(
                "select count(*) as n, coalesce(max(number), 0) as highest, coalesce(extract(epoch from max(at)), 0)::float8 as last from drill.marker"
            ).single()
            return (
                try row.decode("n", as: Int64.self), try row.decode("highest", as: Int32.self), try row.decode("last", as: Double.self)
            )
        }
        report.markersRestored = Int(count)
        report.rpoSeconds = max(0, ((lost.lastMarker - last) * 1000).rounded() / 1000)
        report.check("markers", count > 0 && Int64(highest) == count, "\(count) of \(report.markersWritten), without a gap")
    }

    /// Everything in Redis goes while a job is on its way, and the job still runs to its end: what Redis held is made anew from Postgres.
    private func rebuildRedis(_ stack: DrillStack, _ place: DrillStack.Place, _ report: inout DrillReport) async throws {
        func redis(_ words: String...) async throws -> String {
            try await ChildProcess.run("/usr/bin/redis-cli", arguments: ["-e", "-s", "\(stack.state.redis)/redis.sock"] + words)
                .trimmingWhitespace()
        }
        // Nobody writes it anew: when it is gone, everything was.
        let witness = "portolan:drill"
        _ = try await redis("set", witness, "here")
        let wasThere = try await redis("exists", witness) == "1"
        try await ingest(stack, place) { _ = try await redis("flushall") }
        let isGone = try await redis("exists", witness) == "0"
        report.check("redis", wasThere && isGone, isGone ? "flushed below a job, which ran to its end" : "it was not flushed")
    }

    /// One byte of the backup is changed: it must not be restored, and nothing may be left that could be started.
    private func refuseDamage(_ place: DrillStack.Place, _ environment: [String: String], _ report: inout DrillReport) async throws {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: place.backup)) ?? []
        let files = names.filter { $0.hasSuffix("/base.tar.gz") }.map { "\(place.backup)/\($0)" }
        for file in files {
            guard var bytes = FileManager.default.contents(atPath: file), let last = bytes.popLast() else { continue }
            bytes.append(last ^ 1)
            try bytes.write(to: URL(filePath: file))
        }
        var place = place
        place.state = place.folder + "/damaged"
        var refusal = "restored all the same"
        do {
            try await restore(place, environment)
        } catch let error as EmbeddedServicesError where error.code == .commandFailed {
            refusal = error.detail
        }
        let isRefused = !files.isEmpty && refusal.contains("base.tar.gz") && !FileManager.default.fileExists(atPath: place.state)
        report.check("damage", isRefused, isRefused ? "a changed byte in \(files.count) backups is refused and named" : refusal)
    }

    // MARK: Tools

    private func step<Result>(_ name: String, _ report: inout DrillReport, _ body: (inout DrillReport) async throws -> Result) async throws
        -> Result
    {
        progress(name)
        let start = ContinuousClock.now
        let result = try await body(&report)
        report.steps.append(.init(name: name, seconds: Self.seconds(since: start)))
        return result
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        let passed = start.duration(to: .now).components
        return Double(passed.seconds) + (Double(passed.attoseconds) / 1e15).rounded() / 1000
    }

    private static func bytes(below folder: String) -> Int64 {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.reduce(0) { sum, name in
            var status = stat()
            guard unsafe lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return sum }
            return sum + Int64(status.st_size)
        }
    }
}
