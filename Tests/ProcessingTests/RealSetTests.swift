import Domain
import Testing

@testable import Processing

@Suite struct RealSetTests {
    @Test func `between two editions exactly the pages change whose text changed`() async throws {
        let set = try await RealSet.shared.value
        let common = Set(set.older.keys).intersection(set.newer.keys)
        let changed = common.filter { set.older[$0]?.textChecksum != set.newer[$0]?.textChecksum }
        #expect(changed.sorted() == set.changed.sorted())

        let (before, after) = (set.listedOlder, set.listedNewer)
        #expect(after.subtracting(before).count == set.counts["added"] && before.subtracting(after).count == set.counts["removed"])
        let both = before.intersection(after)
        #expect(both.intersection(changed).count == set.counts["changed_text"])
        #expect(both.subtracting(changed).count == set.counts["unchanged_text"])
    }

    @Test func `the checksums of sections change with the text and with nothing else`() async throws {
        let set = try await RealSet.shared.value
        func checksums(_ page: PageContent?) -> [String: [UInt8]] {
            guard let page else { return [:] }
            return Dictionary(uniqueKeysWithValues: SectionBuilder.sections(for: page).map { ($0.path, $0.checksum) })
        }
        func markdown(_ page: PageContent?) -> [String] { page?.blocks.map(\.markdown) ?? [] }
        let common = Set(set.older.keys).intersection(set.newer.keys)
        let changed = common.filter { checksums(set.older[$0]) != checksums(set.newer[$0]) }
        // Where the page's text is as it was, nothing but white space at the edges of elements may make a difference.
        func letters(_ page: PageContent?) -> String { (page?.blocks.map(\.text) ?? []).joined().filter { !$0.isWhitespace } }
        #expect(set.changed.subtracting(changed).isEmpty)
        #expect(changed.filter { !set.changed.contains($0) }.allSatisfy { letters(set.older[$0]) == letters(set.newer[$0]) })
        // Some of the others have links that lead elsewhere.
        #expect(common.subtracting(changed).contains { markdown(set.older[$0]) != markdown(set.newer[$0]) })
    }

    @Test func `every page has its title, text, and chunks within the limit`() async throws {
        let set = try await RealSet.shared.value
        for (path, page) in set.newer {
            if let title = set.titles[path] { #expect(page.title.collapsingSpaces() == title.collapsingSpaces(), "\(path)") }
            #expect(!page.blocks.isEmpty, "\(path)")
            for section in SectionBuilder.sections(for: page) {
                for chunk in Chunker.chunks(for: section, profile: .approximate) {
                    #expect(chunk.tokenCount <= ChunkProfile.approximate.tokenLimit, "\(section.path) \(chunk.ordinal)")
                }
            }
        }
    }
}
