internal import CRaptor

/// Takes statements from the parser and keeps those that say something about terms, by subject.
final class StatementCollector {
    /// A literal.
    struct Text {
        let property: Property
        let value: String
        /// Lower case; empty without one.
        let language: String
    }

    /// A statement whose object is a resource.
    struct Link {
        let property: Property
        let target: Int
    }

    /// A resource.
    struct Node {
        /// The IRI, or `_:` and a label.
        let name: String
        var types: Property.Types = []
        var texts: [Text] = []
        var links: [Link] = []
        var isBlank: Bool { name.hasPrefix("_:") }
    }

    private(set) var nodes: [Node] = []
    private var numbers: [String: Int] = [:]
    /// Namespaces by prefix, those of the document.
    private(set) var prefixes: [String: String] = [:]
    private(set) var count = 0
    private let limit: Int
    /// The first error of the parser.
    private(set) var failure: (line: Int?, message: String)?

    init(limit: Int) { self.limit = limit }

    var isFull: Bool { count > limit }

    static func at(_ context: UnsafeMutableRawPointer) -> StatementCollector {
        unsafe Unmanaged<StatementCollector>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: - From the parser

    func log(_ message: UnsafeMutablePointer<raptor_log_message>) {
        guard failure == nil, unsafe message.pointee.level.rawValue >= RAPTOR_LOG_LEVEL_ERROR.rawValue else { return }
        var line: Int?
        if let locator = unsafe message.pointee.locator, unsafe locator.pointee.line > 0 { line = unsafe Int(locator.pointee.line) }
        let text = unsafe message.pointee.text.map { unsafe String(cString: $0) } ?? ""
        let visible = text.unicodeScalars.filter { $0.value >= 0x20 }.prefix(200)
        failure = (line, String(String.UnicodeScalarView(visible)))
    }

    func declare(_ namespace: OpaquePointer) {
        guard prefixes.count < 1000, let prefix = unsafe raptor_namespace_get_prefix(namespace),
            let uri = unsafe raptor_namespace_get_uri(namespace)
        else { return }
        let name = unsafe String(cString: prefix)
        if prefixes[name] == nil { prefixes[name] = unsafe Self.text(uri) }
    }

    func add(_ statement: UnsafeMutablePointer<raptor_statement>) {
        count += 1
        guard count <= limit, let subject = unsafe statement.pointee.subject, let predicate = unsafe statement.pointee.predicate,
            let object = unsafe statement.pointee.object, unsafe predicate.pointee.type == RAPTOR_TERM_TYPE_URI,
            let property = unsafe Property(iri: Self.text(predicate.pointee.value.uri)), let source = unsafe name(subject)
        else { return }
        let number = node(source)
        if unsafe object.pointee.type == RAPTOR_TERM_TYPE_LITERAL {
            let literal = unsafe object.pointee.value.literal
            guard let string = unsafe literal.string else { return }
            let value = unsafe String(
                decoding: UnsafeBufferPointer(start: string, count: min(Int(literal.string_len), OntologyLimits.value)), as: UTF8.self)
            let language = unsafe literal.language.map { unsafe String(cString: $0).lowercased() } ?? ""
            nodes[number].texts.append(Text(property: property, value: value, language: language))
        } else if let target = unsafe name(object) {
            if property == .type {
                nodes[number].types.formUnion(Property.Types(iri: target))
            } else {
                let other = node(target)
                nodes[number].links.append(Link(property: property, target: other))
            }
        }
    }

    private func name(_ term: UnsafeMutablePointer<raptor_term>) -> String? {
        switch unsafe term.pointee.type {
        case RAPTOR_TERM_TYPE_URI: return unsafe Self.text(term.pointee.value.uri)
        case RAPTOR_TERM_TYPE_BLANK: return unsafe term.pointee.value.blank.string.map { unsafe "_:" + String(cString: $0) }
        default: return nil
        }
    }

    private func node(_ name: String) -> Int {
        if let number = numbers[name] { return number }
        nodes.append(Node(name: name))
        numbers[name] = nodes.count - 1
        return nodes.count - 1
    }

    private static func text(_ uri: OpaquePointer?) -> String {
        var length = 0
        guard let uri = unsafe uri, let string = unsafe raptor_uri_as_counted_string(uri, &length) else { return "" }
        return unsafe String(decoding: UnsafeBufferPointer(start: string, count: length), as: UTF8.self)
    }
}
