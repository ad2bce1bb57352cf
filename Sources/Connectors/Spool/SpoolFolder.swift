import Digests
package import Domain
package import Policy
import Primitives

/// The operator's drop folder: archives and folders in it are sources, addressed as `https://spool.invalid/NAME`. The host is one that no
/// name server knows (RFC 2606); nothing is ever asked of the network for it.
package struct SpoolFolder: Sendable {
    /// What lies in the folder under a name.
    package struct Item: Sendable, Hashable {
        package let name: String
        /// The kind of source that it is; nil for what is none.
        package let kind: SourceKind?
        /// Changes whenever the content does, as far as sizes and times tell.
        package let signature: String
        /// Why it cannot be looked at; nil when it can.
        package let obstacle: String?

        package init(name: String, kind: SourceKind?, signature: String, obstacle: String? = nil) {
            (self.name, self.kind, self.signature, self.obstacle) = (name, kind, signature, obstacle)
        }
    }

    /// The host of all addresses.
    package static let host = "spool.invalid"

    /// Absolute path.
    let path: String
    private let gates: GateRegistry
    private let gate = FilesystemGate(.archive, field: "web_url")

    /// - Parameters:
    ///   - path: absolute path of the folder, which only the operator chooses.
    ///   - gates: decides on names, and counts.
    package init(_ path: String, gates: GateRegistry) { (self.path, self.gates) = (path, gates) }

    /// What is there, sorted by name; without names that begin with a dot. An item that cannot be read is there with its obstacle and as no
    /// source, and keeps none of the others back.
    ///
    /// - Throws: ``Domain/Fault`` when the folder cannot be read; `CancellationError`.
    package func items() async throws -> [Item] {
        try await onDisk { root, isCancelled in
            try root.entries().filter { !$0.name.hasPrefix(".") }.map { entry in
                do {
                    return Item(name: entry.name, kind: Self.kind(entry), signature: try signature(entry, root, isCancelled))
                } catch let failure as RootedFolder.Failure {
                    return Item(name: entry.name, kind: nil, signature: "", obstacle: "\(failure)")
                }
            }
        }
    }

    /// What tells the content of an item from every other, in hexadecimal digits: the SHA-256 of a file, or of a folder's paths and files.
    package func checksum(_ name: String) async throws -> String {
        let path = path
        return try await onDisk { root, isCancelled in
            var digest = SHA256()
            guard try root.entry([name])?.kind == .folder else {
                try Self.append(path + "/" + name, to: &digest, isCancelled)
                return digest.finalize().hexadecimal
            }
            let folder = try RootedFolder(path + "/" + name)
            for item in try FileListing(gates).files(of: folder, isCancelled) where item.obstacle == nil {
                digest.update(item.path.joined(separator: "/") + "\0")
                var content = SHA256()
                try Self.append(([path, name] + item.path).joined(separator: "/"), to: &content, isCancelled)
                digest.update(content.finalize())
            }
            return digest.finalize().hexadecimal
        }
    }

    // MARK: Addresses

    /// The address of the item that `location` names: a name, or an address on ``host``. A slash at the end says that it is a folder.
    func address(_ location: String, isFolder: Bool) throws(Fault) -> SiteURL {
        var name = location
        if let url = try? SiteURL(location), url.host.text == Self.host { name = Self.decoded(url.trimmedPath) }
        while name.hasSuffix("/") { name.removeLast() }
        let checked = try gates.evaluate(gate, Array(name.utf8)).get()
        guard checked.segments.count == 1, let segment = checked.segments.first else {
            throw .invalid(
                field: "web_url", "The spool folder has names and no paths.", limit: "one name", hint: "Name what lies in the folder.")
        }
        do {
            return try SiteURL("https://\(Self.host)/\(FileItem.encoded(segment))" + (isFolder ? "/" : ""))
        } catch {
            throw .invalid(field: "web_url", "The name is too long for an address.", limit: "\(SiteURL.maximumLength) bytes")
        }
    }

    /// The name that an address of ``address(_:isFolder:)`` stands for.
    func name(of url: SiteURL) throws(Fault) -> String {
        let path = try gates.evaluate(gate, Array(Self.decoded(url.trimmedPath).utf8)).get()
        guard url.host.text == Self.host, path.segments.count == 1, let name = path.segments.first else {
            throw .invalid(field: "web_url", "The address is none of the spool folder.", hint: "Write https://\(Self.host)/NAME.")
        }
        return name
    }

    /// The state of an item; nil when it is not there.
    func state(of name: String) async throws -> String? {
        guard !name.hasPrefix(".") else { return nil }
        return try await onDisk { root, isCancelled in
            // Looked for among all, as the addresses are: a name that is another one after normalization is not there.
            try root.entries().first { $0.name == name }.map { try signature($0, root, isCancelled) }
        }
    }

    /// The path of `url` without its first slash and its percent-encoding.
    private static func decoded(_ path: String) -> String {
        var output: [UInt8] = []
        var rest = path.utf8.dropFirst()[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                output.append(value)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    // MARK: Disk

    private static func kind(_ entry: RootedFolder.Entry) -> SourceKind? {
        switch entry.kind {
        case .folder: .folder
        case .file: ArchiveName.isArchive(entry.name) ? .archive : nil
        case .other: nil
        }
    }

    private func signature(_ entry: RootedFolder.Entry, _ root: RootedFolder, _ isCancelled: () -> Bool) throws -> String {
        var digest = SHA256()
        digest.update("\(entry.bytes) \(entry.modified)\n")
        if entry.kind == .folder {
            var open = [[entry.name]]
            var count = 0
            while let folder = open.popLast(), count < FileListing.maximumEntries {
                if isCancelled() { throw CancellationError() }
                for inner in try root.entries(folder) {
                    count += 1
                    digest.update("\(folder.count) \(inner.name) \(inner.bytes) \(inner.modified)\n")
                    if inner.kind == .folder { open.append(folder + [inner.name]) }
                }
            }
        }
        return digest.finalize().hexadecimal
    }

    private static func append(_ path: String, to digest: inout SHA256, _ isCancelled: () -> Bool) throws {
        let parts = try FileParts(path)
        while true {
            if isCancelled() { throw CancellationError() }
            let part = try parts.next()
            if part.isEmpty { return }
            digest.update(part)
        }
    }

    private func onDisk<Result: Sendable>(
        _ body: @escaping @Sendable (RootedFolder, () -> Bool) throws -> Result
    ) async throws -> Result {
        let path = path
        do {
            return try await BlockingWork.run { isCancelled in try body(try RootedFolder(path), isCancelled) }
        } catch {
            guard let failure = error as? RootedFolder.Failure else { throw error }
            throw Fault(
                .serviceUnavailable, code: "E_SPOOL", "The spool folder cannot be read: \(failure).", field: "web_url",
                hint: "Check that PORTOLAN_SPOOL_DIR is there and readable for every role.", isTransient: true)
        }
    }
}

extension SourceKind {
    /// Archives of documentation: zip and tar.
    package static let archive = SourceKind(rawValue: "archive") ?? .website
    /// Folders of the operator's spool folder.
    package static let folder = SourceKind(rawValue: "folder") ?? .website
}
