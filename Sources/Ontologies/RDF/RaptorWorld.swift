internal import CRaptor

/// libraptor2, which reads one file at a time: its state is shared by all parsers of a process.
// Safe because the actor alone uses the pointer, which is never freed.
@safe actor RaptorWorld {
    static let shared = RaptorWorld()

    /// Kept for the life of the process; see the header of CRaptor.
    private let world: OpaquePointer?

    private init() { unsafe world = portolan_raptor_world() }

    /// Bytes that are handed over at a time: libxml2 gives up on documents that come as one piece of more than 10 MB.
    private static let piece = 1 << 16

    func read(
        _ bytes: [UInt8], as format: OntologyFormat, base: String, limits: OntologyLimits
    ) throws(OntologyError) -> Ontology {
        let name =
            switch format {
            case .turtle: "turtle"
            case .nTriples: "ntriples"
            default: "rdfxml"
            }
        guard let world = unsafe world, let parser = unsafe raptor_new_parser(world, name), let address = unsafe raptor_new_uri(world, base)
        else { throw OntologyError(.syntax, "The parser for \(format.rawValue) cannot be started.") }
        defer {
            unsafe raptor_free_uri(address)
            unsafe raptor_free_parser(parser)
        }
        let collector = StatementCollector(limit: limits.statements)
        unsafe Self.connect(parser, world, collector)
        unsafe raptor_parser_set_option(parser, RAPTOR_OPTION_NO_NET, nil, 1)
        unsafe raptor_parser_set_option(parser, RAPTOR_OPTION_NO_FILE, nil, 1)
        unsafe raptor_parser_set_option(parser, RAPTOR_OPTION_LOAD_EXTERNAL_ENTITIES, nil, 0)
        var status = unsafe raptor_parser_parse_start(parser, address)
        var start = 0
        while status == 0, start < bytes.count, !collector.isFull {
            let end = min(start + Self.piece, bytes.count)
            status = unsafe bytes.withUnsafeBufferPointer { buffer in
                guard let first = buffer.baseAddress else { return 0 }
                return unsafe raptor_parser_parse_chunk(parser, first + start, end - start, 0)
            }
            start = end
        }
        if status == 0, !collector.isFull { status = unsafe raptor_parser_parse_chunk(parser, nil, 0, 1) }
        unsafe raptor_world_set_log_handler(world, nil, nil)
        if collector.isFull {
            throw OntologyError(.tooLarge, "The file has too many statements.", limit: "\(limits.statements) statements")
        }
        if status != 0 || collector.failure != nil {
            let (line, message) = collector.failure ?? (nil, "the parser gave up")
            let place = line.map { " in line \($0)" } ?? ""
            throw OntologyError(.syntax, "The file is not valid \(format.rawValue)\(place): \(message).")
        }
        return TermBuilder(collector).ontology(format)
    }

    /// Hands what the parser finds to `collector`, which has to outlive the parser.
    private static func connect(_ parser: OpaquePointer, _ world: OpaquePointer, _ collector: StatementCollector) {
        let context = unsafe Unmanaged.passUnretained(collector).toOpaque()
        unsafe raptor_world_set_log_handler(world, context) { context, message in
            guard let context = unsafe context, let message = unsafe message else { return }
            unsafe StatementCollector.at(context).log(message)
        }
        unsafe raptor_parser_set_statement_handler(parser, context) { context, statement in
            guard let context = unsafe context, let statement = unsafe statement else { return }
            unsafe StatementCollector.at(context).add(statement)
        }
        unsafe raptor_parser_set_namespace_handler(parser, context) { context, namespace in
            guard let context = unsafe context, let namespace = unsafe namespace else { return }
            unsafe StatementCollector.at(context).declare(namespace)
        }
        // Nothing that a document names is looked up.
        unsafe raptor_parser_set_uri_filter(parser, { _, _ in 1 }, nil)
    }
}
