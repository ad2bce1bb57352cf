import APIClient
import APIModel
import Postgres
import TestSupport
import Testing

extension Acceptance {
    @Suite(.ingestedSet, .serialized) struct Documentation {
        @Test func `every linked page is reached, and nothing else`() throws {
            let it = try IngestedSet.shared()
            #expect(Set(it.rows[0].values.map(\.page)) == it.set.pages)
            #expect(it.first.pagesByOutcome["failed", default: 0] == 0)
        }

        @Test func `going to the newer edition changes exactly the pages whose text changed`() throws {
            let it = try IngestedSet.shared()
            let (before, after) = (Self.pages(it.rows[0]), Self.pages(it.rows[1]))
            #expect(Set(after.keys).subtracting(before.keys) == it.set.added)
            #expect(Set(before.keys).subtracting(after.keys) == it.set.removed)
            #expect(Set(before.keys.filter { after[$0] != nil && after[$0] != before[$0] }) == it.set.changed)
        }

        @Test func `an unchanged section costs no write`() throws {
            let it = try IngestedSet.shared()
            let (before, after) = (it.rows[0], it.rows[1])
            let unchanged = after.filter { before[$0.key]?.checksum == $0.value.checksum }
            #expect(unchanged.allSatisfy { before[$0.key] == $0.value || before[$0.key]?.content != $0.value.content })
            #expect(it.second.sectionsUnchanged == unchanged.count)
            #expect(it.second.sectionsChanged == after.count - unchanged.count)
            #expect(it.second.sectionsDeleted == before.keys.filter { after[$0] == nil }.count)
        }

        @Test func `an unchanged text costs no embedding`() async throws {
            let it = try IngestedSet.shared()
            // Other tests of the suite ingest into the stack too, after the third run.
            let vectors = try await it.stack.number(
                """
                select count(*) as n from portolan.embedding
                where created_at <= (select finished_at from portolan.job where id::text = \(it.third.id))
                """)
            #expect(it.first.chunksEmbedded + it.second.chunksEmbedded == vectors)
            #expect(it.second.chunksEmbedded < it.first.chunksEmbedded / 2)
        }

        @Test func `a run without a change does nothing and ends complete`() throws {
            let it = try IngestedSet.shared()
            #expect(it.third.status == .completed)
            #expect(it.third.progressPercent == 100)
            #expect(it.third.sectionsChanged == 0)
            #expect(it.third.sectionsDeleted == 0)
            #expect(it.third.chunksEmbedded == 0)
            #expect(it.third.pagesByOutcome["fetched", default: 0] == 0)
            #expect(it.rows[2] == it.rows[1])
        }

        @Test func `rows do not contradict each other`() async throws {
            #expect(try await IngestedSet.shared().stack.contradictions() == [])
        }

        @Test func `no job had to be tried twice`() async throws {
            #expect(try await IngestedSet.shared().stack.number("select max(attempt)::bigint as n from portolan.job") == 1)
        }

        @Test func `two sub-paths of one host live side by side`() async throws {
            let it = try IngestedSet.shared()
            let own = try await it.stack.sections(of: IngestedSet.library)
            for part in it.set.parts {
                _ = try await it.stack.ingest(it.address + part, library: "part", depth: 2)
            }
            let listed = try await it.stack.api.documentations(library: "part", version: nil, limit: 100, offset: 0).items
            #expect(Set(listed.map(\.url)) == Set(it.set.parts.map { it.address + $0 }))
            for documentation in listed {
                #expect(documentation.sectionCount > 0)
                let folder = "/" + (documentation.url.dropFirst(it.address.count).split(separator: "/").first ?? "")
                #expect(Self.paths(try await it.stack.api.tree(documentation.id).nodes).allSatisfy { $0.hasPrefix(folder) })
            }
            #expect(try await it.stack.sections(of: IngestedSet.library) == own)
            #expect(try await it.stack.contradictions() == [])
        }

        private static func paths(_ nodes: [TreeNode]) -> [String] { nodes.flatMap { [$0.path] + paths($0.children) } }

        /// For each page one text that changes when any of its sections does.
        private static func pages(_ rows: [String: Stack.StoredSection]) -> [String: String] {
            Dictionary(grouping: rows, by: \.value.page).mapValues { sections in
                sections.map { "\($0.key) \($0.value.checksum)" }.sorted().joined(separator: "\n")
            }
        }
    }
}
