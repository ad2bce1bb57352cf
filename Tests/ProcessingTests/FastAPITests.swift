import Domain
import Testing

@testable import Processing

@Suite(.enabled(if: FastAPIData.isPresent, "needs the FastAPI documentation"))
struct FastAPITests {
    @Test func `between two releases exactly the pages change whose text changed`() async throws {
        let expected = try ExpectedDelta.load()
        let older = try await FastAPIData.older.value
        let newer = try await FastAPIData.newer.value
        let delta = try #require(expected.deltas["0.137.0..0.141.1"])
        let common = Set(older.keys).intersection(newer.keys)
        let changed = common.filter { older[$0]?.textChecksum != newer[$0]?.textChecksum }
        #expect(changed.sorted() == delta.changed_text.sorted())

        let inOlder = Set(try #require(expected.pages["0.137.0"]).filter(\.value.in_sitemap).keys)
        let inNewer = Set(try #require(expected.pages["0.141.1"]).filter(\.value.in_sitemap).keys)
        let counts = delta.counts_sitemap_pages_only
        #expect(inNewer.subtracting(inOlder).count == counts["added"] && inOlder.subtracting(inNewer).count == counts["removed"])
        let both = inOlder.intersection(inNewer)
        #expect(both.intersection(changed).count == counts["changed_text"])
        #expect(both.subtracting(changed).count == counts["unchanged_text"])
    }

    @Test func `every page has its title, text, and chunks within the limit`() async throws {
        let expected = try ExpectedDelta.load()
        let titles = try #require(expected.pages["0.141.1"])
        for (path, page) in try await FastAPIData.newer.value {
            if let title = titles[path]?.h1, !title.isEmpty {
                #expect(page.title.collapsingSpaces() == title.collapsingSpaces(), "\(path)")
            }
            #expect(!page.blocks.isEmpty, "\(path)")
            for section in SectionBuilder.sections(for: page) {
                for chunk in Chunker.chunks(for: section, profile: .approximate) {
                    #expect(chunk.tokenCount <= ChunkProfile.approximate.tokenLimit, "\(section.path) \(chunk.ordinal)")
                }
            }
        }
    }
}
