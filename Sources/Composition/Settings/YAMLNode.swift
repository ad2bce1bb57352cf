import CYAML

/// A document in YAML as a tree: scalars as text, lists and mappings. Read with libyaml's event parser; aliases are refused, and so is what
/// is nested too deeply.
indirect enum YAMLNode: Sendable {
    case scalar(String, line: Int)
    case list([YAMLNode], line: Int)
    /// In the order of the document.
    case mapping([(key: String, value: YAMLNode)], line: Int)

    /// Levels of lists and mappings.
    static let maximumDepth = 8

    /// Where it begins, from 1.
    var line: Int {
        switch self {
        case .scalar(_, let line), .list(_, let line), .mapping(_, let line): line
        }
    }

    struct Malformed: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
        init(_ line: Int, _ reason: String) { self.reason = "line \(line): \(reason)" }
    }

    /// The first document of `bytes`; nil when there is none.
    init?(_ bytes: [UInt8]) throws(Malformed) {
        let result: Result<YAMLNode?, Malformed> = unsafe bytes.withUnsafeBufferPointer { buffer in
            var parser = unsafe yaml_parser_t()
            guard unsafe yaml_parser_initialize(&parser) == 1 else { return .failure(Malformed("the YAML reader cannot start")) }
            defer { unsafe yaml_parser_delete(&parser) }
            unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            var builder = YAMLBuilder()
            while true {
                var event = unsafe yaml_event_t()
                guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
                    return .failure(Malformed(Int(unsafe parser.problem_mark.line) + 1, "is not valid YAML"))
                }
                defer { unsafe yaml_event_delete(&event) }
                let line = Int(unsafe event.start_mark.line) + 1
                do throws(Malformed) {
                    switch unsafe event.type {
                    case YAML_STREAM_END_EVENT: return .success(builder.root)
                    case YAML_MAPPING_START_EVENT: try builder.begin(isMapping: true, line)
                    case YAML_SEQUENCE_START_EVENT: try builder.begin(isMapping: false, line)
                    case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: try builder.end(line)
                    case YAML_ALIAS_EVENT: throw Malformed(line, "aliases are not allowed")
                    case YAML_SCALAR_EVENT:
                        let text = unsafe String(
                            decoding: UnsafeBufferPointer(start: event.data.scalar.value, count: event.data.scalar.length), as: UTF8.self)
                        try builder.add(.scalar(text, line: line), line)
                    default: continue
                    }
                } catch {
                    return .failure(error)
                }
            }
        }
        guard let root = try result.get() else { return nil }
        self = root
    }
}

/// Puts the events of a document together.
private struct YAMLBuilder {
    private struct Open {
        let isMapping: Bool
        let line: Int
        var items: [YAMLNode] = []
        var entries: [(key: String, value: YAMLNode)] = []
        var keys: Set<String> = []
        var key: String?
    }

    private var open: [Open] = []
    private(set) var root: YAMLNode?

    mutating func begin(isMapping: Bool, _ line: Int) throws(YAMLNode.Malformed) {
        guard open.count < YAMLNode.maximumDepth else {
            throw YAMLNode.Malformed(line, "nested deeper than \(YAMLNode.maximumDepth) levels")
        }
        open.append(Open(isMapping: isMapping, line: line))
    }

    mutating func end(_ line: Int) throws(YAMLNode.Malformed) {
        guard let last = open.popLast() else { throw YAMLNode.Malformed(line, "unexpected end") }
        try add(last.isMapping ? .mapping(last.entries, line: last.line) : .list(last.items, line: last.line), line)
    }

    mutating func add(_ node: YAMLNode, _ line: Int) throws(YAMLNode.Malformed) {
        guard let last = open.indices.last else {
            guard root == nil else { throw YAMLNode.Malformed(line, "there is more than one document") }
            root = node
            return
        }
        guard open[last].isMapping else { return open[last].items.append(node) }
        if let key = open[last].key {
            open[last].entries.append((key, node))
            open[last].key = nil
        } else {
            guard case .scalar(let key, _) = node else { throw YAMLNode.Malformed(line, "a key must be a word") }
            guard open[last].keys.insert(key).inserted else { throw YAMLNode.Malformed(line, "the key \(key) appears twice") }
            open[last].key = key
        }
    }
}
