internal import CMarkup

/// Receives libxml2's events and fills an `HTMLTree`. Only one parser run uses it.
struct HTMLTreeBuilder {
    /// Elements below this depth become siblings: libxml2 searches its stack of open elements linearly, and nobody writes such pages.
    static let maximumDepth = 200
    private static let tags = NameTable(
        Tag.allCases.filter { $0 != .text && $0 != .other }.map { ("\($0)", $0.rawValue) })
    private static let names = NameTable(AttributeName.allCases.map { ($0.spelling, $0.rawValue) })

    private(set) var tree = HTMLTree()
    private var open: [Int32] = []

    init(byteCount: Int) {
        tree.bytes.reserveCapacity(byteCount)
        tree.nodes.reserveCapacity(byteCount / 16)
        tree.attributes.reserveCapacity(byteCount / 40)
        open.reserveCapacity(Self.maximumDepth + 1)
    }

    /// Opens an element and returns how many are open. `name` and `attributes` are libxml2's null-terminated strings, valid during the call.
    mutating func start(_ name: UnsafePointer<xmlChar>, attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> Int {
        let tag = unsafe Self.tags.value(forKey: Self.hash(name)).flatMap(Tag.init(rawValue:)) ?? .other
        let lower = Int32(tree.attributes.count)
        if var position = unsafe attributes {
            while let name = unsafe position[0] {
                if let known = unsafe Self.names.value(forKey: Self.hash(name)).flatMap(AttributeName.init(rawValue:)) {
                    let start = Int32(tree.bytes.count)
                    if let value = unsafe position[1] {
                        unsafe tree.bytes.append(contentsOf: UnsafeBufferPointer(start: value, count: Int(xmlStrlen(value))))
                    }
                    tree.attributes.append(.init(name: known, lower: start, upper: Int32(tree.bytes.count)))
                }
                unsafe position += 2
            }
        }
        let index = Int32(tree.nodes.count)
        tree.nodes.append(
            .init(tag: tag, parent: open.last ?? -1, end: index + 1, lower: lower, upper: Int32(tree.attributes.count)))
        open.append(index)
        return open.count
    }

    /// Closes the innermost element.
    mutating func end() {
        guard let index = open.popLast() else { return }
        tree.nodes[Int(index)].end = Int32(tree.nodes.count)
        let node = tree.nodes[Int(index)]
        if node.parent >= 0, node.hasBlock || node.tag.isBlock { tree.nodes[Int(node.parent)].hasBlock = true }
    }

    /// Appends text to the innermost element.
    mutating func characters(_ text: UnsafeBufferPointer<xmlChar>) {
        guard let parent = open.last else { return }
        let tag = tree.nodes[Int(parent)].tag
        if tag == .script || tag == .style { return }
        let lower = Int32(tree.bytes.count)
        unsafe tree.bytes.append(contentsOf: text)
        let last = tree.nodes.count - 1
        if last >= 0, tree.nodes[last].tag == .text, tree.nodes[last].parent == parent, tree.nodes[last].upper == lower {
            tree.nodes[last].upper = Int32(tree.bytes.count)
        } else {
            tree.nodes.append(
                .init(tag: .text, parent: parent, end: Int32(last + 2), lower: lower, upper: Int32(tree.bytes.count)))
        }
    }

    /// How many elements are open.
    var depth: Int { open.count }

    /// Whether the innermost element holds no markup.
    var isInRawText: Bool {
        guard let index = open.last else { return false }
        return tree.nodes[Int(index)].tag == .script || tree.nodes[Int(index)].tag == .style
    }

    /// Closes what is still open and gives the tree away.
    mutating func finish() -> HTMLTree {
        while !open.isEmpty { end() }
        let result = tree
        tree = HTMLTree()
        return result
    }

    private static func hash(_ name: UnsafePointer<xmlChar>) -> UInt64 {
        var value = FNV.basis
        var position = unsafe name
        while case let byte = unsafe position.pointee, byte != 0 {
            value = (value ^ UInt64(byte)) &* FNV.prime
            unsafe position += 1
        }
        return value
    }
}
