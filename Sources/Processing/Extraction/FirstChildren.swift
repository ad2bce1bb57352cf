/// Finds the first child of a tag that elements with many children have: each child is looked at once, however often the question comes.
struct FirstChildren {
    private struct Search {
        /// The next child to look at.
        var next: Int
        var found: Int?
    }

    private let tag: Tag
    /// By parent.
    private var searches: [Int: Search] = [:]

    init(_ tag: Tag) { self.tag = tag }

    /// The first sibling of the tag before element `index`, or nil. Questions for the same parent have to come in document order.
    mutating func first(beside index: Int, in tree: HTMLTree) -> Int? {
        let parent = Int(tree.nodes[index].parent)
        guard parent >= 0 else { return nil }
        var search = searches[parent] ?? Search(next: parent + 1)
        while search.found == nil, search.next < index {
            if tree.nodes[search.next].tag == tag { search.found = search.next }
            search.next = Int(tree.nodes[search.next].end)
        }
        searches[parent] = search
        return search.found
    }
}
