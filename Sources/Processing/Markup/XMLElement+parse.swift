internal import CMarkup

extension XMLElement {
    /// Elements within each other at most, and elements and texts of one piece at most.
    package static let maximumDepth = 200
    package static let maximumNodes = 400_000

    /// libxml2 wants to be initialised before several threads use it.
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    /// Reads a piece of XML: elements and text without one element around them, as in Confluence's storage format.
    ///
    /// Parsed by libxml2 (`xmlParseDocument`) without network, document types and entities but HTML's own; comments and processing
    /// instructions are left out, a lone ampersand is taken for one, and control characters are dropped. Everything else has to be well-formed.
    ///
    /// - Parameter fragment: UTF-8.
    /// - Returns: an element without a name that holds the piece.
    /// - Throws: ``ProcessingError``: `malformed`, `tooDeep`, `tooLarge`.
    package init(fragment: [UInt8]) throws(ProcessingError) {
        guard fragment.count <= DocumentParser.maximumByteCount else {
            throw ProcessingError(.tooLarge, "The markup has \(fragment.count) bytes; at most \(DocumentParser.maximumByteCount) are read.")
        }
        let input = Array("<fragment>".utf8) + (try XMLGuard.admitted(fragment)) + Array("</fragment>".utf8)
        let run = Run()
        var line = 0
        let isWhole = Self.isReady && Self.parse(input, run, &line)
        if let error = run.error { throw error }
        guard isWhole, let root = run.root else { throw ProcessingError(.malformed, "The markup is not well-formed at line \(line).") }
        self = XMLElement("", children: root.children)
    }

    private static func parse(_ input: [UInt8], _ run: Run, _ line: inout Int) -> Bool {
        // Owned by the context for the length of this call.
        let owned = unsafe Unmanaged.passRetained(run)
        defer { unsafe owned.release() }
        // Without NOENT an ampersand in an attribute comes as `&#38;`; there are no entities that could be replaced.
        let result = unsafe XMLInput.parse(
            input[...], options: XML_PARSE_NOENT.rawValue, handler: handler(), data: owned.toOpaque()
        ) {
            unsafe run.context = unsafe $0
        }
        guard let result else { return false }
        line = result.line
        return result.isWhole
    }

    /// What a callback needs: the elements that are open. A class, because the C callbacks reach it through an unmanaged pointer.
    @safe private final class Run {
        var open: [XMLElement] = []
        var nodes = 0
        var root: XMLElement?
        var error: ProcessingError?
        var context: xmlParserCtxtPtr?

        /// Text comes in pieces, at every reference a new one.
        private var pending: [UInt8] = []

        func start(_ element: XMLElement) {
            flush()
            open.append(element)
            // One for the element around the piece.
            guard open.count <= XMLElement.maximumDepth + 1 else {
                return stop(ProcessingError(.tooDeep, "Elements lie more than \(XMLElement.maximumDepth) deep within each other."))
            }
            count()
        }

        func end() {
            flush()
            guard let element = open.popLast() else { return }
            if open.isEmpty { root = element } else { open[open.count - 1].children.append(.element(element)) }
        }

        func append(_ text: UnsafeBufferPointer<xmlChar>) { unsafe pending.append(contentsOf: text) }

        private func flush() {
            guard !pending.isEmpty else { return }
            if let last = open.indices.last {
                open[last].children.append(.text(String(decoding: pending, as: UTF8.self)))
                count()
            }
            pending.removeAll(keepingCapacity: true)
        }

        private func count() {
            nodes += 1
            if nodes > XMLElement.maximumNodes {
                stop(ProcessingError(.tooLarge, "There are more than \(XMLElement.maximumNodes) elements and texts."))
            }
        }

        private func stop(_ reason: ProcessingError) {
            guard error == nil else { return }
            error = reason
            if let context = unsafe context { unsafe xmlStopParser(context) }
        }
    }

    private static func handler() -> xmlSAXHandler {
        var handler = unsafe xmlSAXHandler()
        unsafe handler.startElement = { data, name, attributes in
            guard let data = unsafe data, let name = unsafe name else { return }
            let run = unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue()
            var values: [String: String] = [:]
            if var position = unsafe attributes {
                while let key = unsafe position[0] {
                    values[unsafe String(cString: key)] = unsafe position[1].map { unsafe String(cString: $0) } ?? ""
                    unsafe position += 2
                }
            }
            run.start(XMLElement(unsafe String(cString: name), attributes: values))
        }
        unsafe handler.endElement = { data, _ in
            guard let data = unsafe data else { return }
            unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue().end()
        }
        unsafe handler.characters = { data, text, count in
            guard let data = unsafe data, let text = unsafe text, count > 0 else { return }
            unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue().append(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        unsafe handler.cdataBlock = unsafe handler.characters
        unsafe handler.ignorableWhitespace = unsafe handler.characters
        return unsafe handler
    }
}
