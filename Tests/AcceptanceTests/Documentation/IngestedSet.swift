import APIModel
import TestSupport
import Testing

/// A stack that has read a documentation set three times at one address: the older edition, the newer one, and the newer one again.
struct IngestedSet: Sendable {
    let stack: Stack
    let set: DocumentationSet
    let site: Site
    /// Address of the site, with a slash at the end.
    let address: String
    let first: JobDetail
    let second: JobDetail
    let third: JobDetail
    /// The sections after each run.
    let rows: [[String: Stack.StoredSection]]

    /// Name of the library.
    static let library = "handbook"

    /// Set while the tests of a suite with the trait `ingestedSet` run.
    @TaskLocal static var current: IngestedSet?

    /// The one of the running suite.
    static func shared() throws -> IngestedSet { try #require(current) }

    static func with(_ body: (IngestedSet) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let set = try await DocumentationSet.prepare(in: directory)
            let site = Site(folder: set.older)
            try await site.serve { address in
                try await Stack.with(["PORTOLAN_LEASE_SECONDS": "10"]) { stack in
                    var (jobs, rows): ([JobDetail], [[String: Stack.StoredSection]]) = ([], [])
                    for folder in [set.older, set.newer, set.newer] {
                        site.turn(to: folder)
                        jobs.append(try await stack.ingest(address, library: library))
                        rows.append(try await stack.sections(of: library))
                        print(
                            "\(set.name):", jobs.last.map { "\($0.pagesByOutcome) \($0.stageTimings) embedded \($0.chunksEmbedded)" } ?? "")
                    }
                    try await body(
                        IngestedSet(
                            stack: stack, set: set, site: site, address: address, first: jobs[0], second: jobs[1], third: jobs[2],
                            rows: rows))
                }
            }
        }
    }
}

/// Gives the tests of a suite one ``IngestedSet``.
struct IngestedSetTrait: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void) async throws
    {
        try await IngestedSet.with { set in try await IngestedSet.$current.withValue(set) { try await function() } }
    }
}

extension Trait where Self == IngestedSetTrait {
    /// One ingested documentation set for all tests of the suite.
    static var ingestedSet: Self { IngestedSetTrait() }
}
