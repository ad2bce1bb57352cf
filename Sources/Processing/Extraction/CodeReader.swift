/// Reads code blocks: the text exactly, and its language.
enum CodeReader {
    /// The text of the code block at `index` without line numbers and buttons, without empty lines at either end.
    static func code(of index: Int, in tree: HTMLTree, roles: [ElementRole]) -> String {
        var bytes: [UInt8] = []
        var position = index
        while position < Int(tree.nodes[index].end) {
            let node = tree.nodes[position]
            switch node.tag {
            case .text: bytes.append(contentsOf: tree.text(position))
            case .br: bytes.append(0x0a)
            case .button, .svg, .script, .style:
                position = Int(node.end)
                continue
            default:
                if roles[position].contains(.gutter) || isPermalink(position, roles: roles, tree) {
                    position = Int(node.end)
                    continue
                }
                // One block for each line, as some highlighters write it.
                if node.tag == .div || node.tag == .li, let last = bytes.last, last != 0x0a { bytes.append(0x0a) }
            }
            position += 1
        }
        return trimmed(bytes)
    }

    private static func isPermalink(_ index: Int, roles: [ElementRole], _ tree: HTMLTree) -> Bool {
        tree.nodes[index].tag == .a && roles[index].contains(.clutter)
    }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map { line in
            line.last == 0x0d ? line.dropLast() : line
        }
        func isBlank(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy(\.isHTMLSpace) }
        while let last = lines.last, isBlank(last) { lines.removeLast() }
        let start = lines.firstIndex { !isBlank($0) } ?? lines.endIndex
        return String(decoding: Array(lines[start...].joined(separator: [0x0a])), as: UTF8.self)
    }

    /// The language of the code block at `index`, from the usual class names on it, inside of it or up to three elements around it.
    static func language(of index: Int, in tree: HTMLTree) -> String {
        var candidates = [index]
        if index + 1 < Int(tree.nodes[index].end) {
            candidates += ((index + 1)..<min(index + 4, Int(tree.nodes[index].end))).filter { tree.nodes[$0].tag == .code }
        }
        var parent = Int(tree.nodes[index].parent)
        for _ in 0..<3 where parent >= 0 {
            candidates.append(parent)
            parent = Int(tree.nodes[parent].parent)
        }
        for candidate in candidates {
            for name in [AttributeName.dataLang, .dataLanguage] {
                if let value = tree.nonEmptyAttribute(name, of: candidate), let language = known(value[...]) { return language }
            }
            guard let value = tree.attribute(.class, of: candidate) else { continue }
            for token in value.split(separator: " ") {
                for prefix in ["language-", "lang-", "highlight-source-", "highlight-", "brush:"] where token.hasPrefix(prefix) {
                    if let language = known(token.dropFirst(prefix.count)) { return language }
                }
            }
            if value.hasPrefix("sourceCode "), let language = known(value.dropFirst("sourceCode ".count)) { return language }
        }
        return ""
    }

    private static func known(_ name: Substring) -> String? {
        let name = name.lowercased()
        guard (1...24).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2b || $0 == 0x2d || $0 == 0x23 || $0 == 0x5f })
        else { return nil }
        switch name {
        case "default", "none", "text", "plaintext", "plain", "txt", "copy": return nil
        case "python3", "py", "py3", "ipython3": return "python"
        case "js": return "javascript"
        default: return name
        }
    }
}
