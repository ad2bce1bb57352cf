package import Catalog
package import Domain
import FoundationEssentials

/// The file of sources: YAML with a list of the artifacts that an operator wants.
package enum ArtifactSourcesFile {
    /// Name of the file where commands look for it.
    package static let name = "portolan-artifacts.yaml"
    /// Name of the lockfile where commands look for it.
    package static let lockName = "portolan-artifacts.lock.json"
    private static let largest = 1 << 20

    /// - Throws: ``Domain/Fault`` that names the line or the field at fault.
    package static func read(_ path: String) throws(Fault) -> ArtifactSources {
        try parse(Array(try contents(path, field: "sources", hint: "Write one with `portolan artifacts init`.")))
    }

    /// - Throws: ``Domain/Fault`` `E_LOCK`.
    package static func lockfile(_ path: String) throws(Fault) -> Lockfile {
        let data = try contents(path, field: "lock", hint: "Make one with `portolan artifacts plan`.", limit: 64 << 20)
        return try Lockfile(text: String(decoding: data, as: UTF8.self))
    }

    private static func contents(_ path: String, field: String, hint: String, limit: Int = largest) throws(Fault) -> Data {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .invalid(field: field, "The file \(path) cannot be read.", hint: hint)
        }
        guard data.count <= limit else { throw .invalid(field: field, "The file \(path) is too large.", limit: "\(limit) bytes") }
        return data
    }

    static func parse(_ bytes: [UInt8]) throws(Fault) -> ArtifactSources {
        let root: YAMLNode?
        do throws(YAMLNode.Malformed) {
            root = try YAMLNode(bytes)
        } catch {
            throw .invalid(field: "sources", "The file of sources cannot be read: \(error.reason).")
        }
        guard let root else { throw .invalid(field: "sources", "The file of sources is empty.") }
        let top = try entries(root, ["sources"])
        guard case .list(let items, _)? = top["sources"] else { throw wrong(root, "it must have a list called sources") }
        var sources: [ArtifactSource] = []
        for item in items { sources.append(try source(item)) }
        return try ArtifactSources(sources)
    }

    private static func source(_ node: YAMLNode) throws(Fault) -> ArtifactSource {
        let entries = try entries(node, ["id", "library", "version", "kind", "url", "urls", "list", "sha256"])
        guard let id = try text(entries["id"]) else { throw wrong(node, "a source needs an id") }
        let given = ["url", "urls", "list"].filter { entries[$0] != nil }
        guard let key = given.first, given.count == 1, let value = entries[key] else {
            throw wrong(node, "a source has one of url, urls and list")
        }
        return try ArtifactSource(
            id: id, library: try text(entries["library"]), version: try text(entries["version"]), kind: try text(entries["kind"]),
            urls: try texts(value), sha256: try text(entries["sha256"]), isList: key == "list")
    }

    private static func entries(_ node: YAMLNode, _ keys: [String]) throws(Fault) -> [String: YAMLNode] {
        guard case .mapping(let entries, _) = node else { throw wrong(node, "it must be a mapping with \(keys.joined(separator: ", "))") }
        for (key, value) in entries where !keys.contains(key) {
            throw wrong(value, "there is no \(key), only \(keys.joined(separator: ", "))")
        }
        return Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private static func text(_ node: YAMLNode?) throws(Fault) -> String? {
        guard let node else { return nil }
        guard case .scalar(let text, _) = node else { throw wrong(node, "it must be a text") }
        return text
    }

    private static func texts(_ node: YAMLNode) throws(Fault) -> [String] {
        guard case .list(let items, _) = node else { return [try text(node) ?? ""] }
        var texts: [String] = []
        for item in items { texts.append(try text(item) ?? "") }
        return texts
    }

    private static func wrong(_ node: YAMLNode, _ reason: String) -> Fault {
        .invalid(field: "sources", "The file of sources is wrong in line \(node.line): \(reason).")
    }

    /// A file to begin with.
    package static let example = """
        # The artifacts that this Portolan keeps. `portolan artifacts plan` finds out where each can be had and writes that into
        # portolan-artifacts.lock.json; `portolan artifacts pull` takes in what the lockfile names.
        sources:
            # id: name of the entry: a-z, 0-9, dots, dashes, underscores.
          - id: example-docs
            # library, version: under which it is found. Default: the id, and "latest".
            library: Example
            version: "1.0"
            # kind: archive (zip, tar and compressed tar with pages) or ontology (OBO, OWL, Turtle, SKOS). Default: archive.
            kind: archive
            # urls: tried in this order until one answers. With one address, url: does as well.
            urls:
              - https://example.org/docs-1.0.zip
              - https://mirror.example.org/docs-1.0.zip
            # sha256: what the file must have. Without it, the first file that comes is taken.
            # sha256: 0000000000000000000000000000000000000000000000000000000000000000

            # list: address of a list of artifacts: an address in each line, or JSON such as [{"url": "…", "sha256": "…"}].
            # Its entries are called nightly.1, nightly.2 and so on.
            # - id: nightly
            #   kind: archive
            #   list: https://example.org/nightly/list.txt

        """
}
