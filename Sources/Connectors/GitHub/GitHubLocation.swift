import Domain

/// A folder of a branch of a repository, as the address and the options name it.
struct GitHubLocation: Sendable, Hashable {
    /// The names of the options with their meaning.
    static let options = [
        "branch": "the branch; without it the one in the address, else the repository's default",
        "docs_path": "the folder to read; without it the one in the address, else all",
        "extensions": "endings of files to read, separated by commas, of .md .markdown .html .htm .rst .txt; default .md,.markdown,.html",
        "api_url": "the API of a GitHub Enterprise server, such as https://github.example.org/api/v3",
        "credential": "name of the mounted credential that holds the token",
    ]

    /// The origin of the website, such as `https://github.com`.
    let site: String
    /// Lower case: the server knows no difference.
    let owner: String
    let name: String
    /// Nil for the default branch.
    let branch: String?
    /// Without slashes at its ends; empty for the whole repository.
    let folder: String
    /// Endings in lower case, with the dot.
    let endings: [String: PageContentType]
    /// The API's address.
    let api: String
    let credential: String?

    /// What webhooks call the repository.
    var subject: String { "\(owner)/\(name)" }

    /// The address that the source is stored under; reading it again with the same options gives the same location.
    var rootURL: String {
        let repository = "\(site)/\(owner)/\(name)"
        if branch == nil, folder.isEmpty { return repository }
        let tree = "\(repository)/tree/\(URLText.encoded(branch ?? Self.head))"
        return folder.isEmpty ? tree : "\(tree)/\(URLText.encoded(folder))"
    }

    /// Where a person sees the file at `path`.
    func page(_ path: String, branch: String) -> SiteURL? {
        try? SiteURL("\(site)/\(owner)/\(name)/blob/\(URLText.encoded(branch))/\(URLText.encoded(path))")
    }

    /// Whether the file at `path` is one that is read.
    func reads(_ path: String) -> Bool {
        guard folder.isEmpty || path == folder || path.hasPrefix(folder + "/"), let dot = path.utf8.lastIndex(of: 0x2E) else {
            return false
        }
        return endings[path[dot...].lowercased()] != nil
    }

    /// Stands for the default branch in an address that names a folder.
    private static let head = "HEAD"

    /// - Parameter url: has passed the gate.
    /// - Throws: ``Fault`` of category `validation` that names `web_url` or the option.
    init(_ url: SiteURL, options: [String: String]) throws(Fault) {
        let segments = url.path.split(separator: "/").map { URLText.decoded($0) ?? "" }
        guard segments.count == 2 || (segments.count > 3 && segments[2] == "tree"), !segments.contains(""), url.query == nil else {
            throw .invalid(
                field: "web_url", "The address is not that of a repository or of a folder in one.", limit: "\(Self.form)",
                hint: "Copy the address of the repository's page.")
        }
        let name = segments[1].lowercased()
        owner = segments[0].lowercased()
        self.name = name.hasSuffix(".git") ? String(name.dropLast(4)) : name
        guard Self.isName(owner, 39), Self.isName(self.name, 100) else {
            throw .invalid(field: "web_url", "The address names no owner and repository.", limit: Self.form)
        }
        site = String(url.with(path: "/").description.dropLast())
        let tree = segments.dropFirst(3).joined(separator: "/")
        (branch, folder) = try Self.place(tree, branch: options["branch"], folder: options["docs_path"])
        endings = try Self.endings(options["extensions"])
        api = options["api_url"] ?? (site == Self.publicSite ? Self.publicAPI : "\(site)/api/v3")
        credential = options["credential"]
        if let credential { try CredentialStore.check(credential) }
    }

    static let publicAPI = "https://api.github.com"
    private static let publicSite = "https://github.com"
    private static let form = "https://github.com/OWNER/REPOSITORY[/tree/BRANCH[/FOLDER]]"

    /// Branch and folder of what stands behind `/tree/`: a branch may have slashes, which only the option can tell.
    private static func place(_ tree: String, branch: String?, folder: String?) throws(Fault) -> (String?, String) {
        if let branch { try check(branch, field: "options.branch") }
        let wanted = try folder.map { (text) throws(Fault) in try Self.folder(text) }
        guard !tree.isEmpty else { return (branch, wanted ?? "") }
        let first = String(tree.prefix { $0 != "/" })
        let own = branch ?? first
        var rest = tree
        if tree == own || tree.hasPrefix(own + "/") {
            rest.removeFirst(own.count)
        } else if branch != nil {
            throw .invalid(
                field: "options.branch", "The address names another branch than the option.", limit: first, hint: "Leave one of them out.")
        }
        let path = try Self.folder(rest)
        if let wanted, !path.isEmpty, path != wanted {
            throw .invalid(
                field: "options.docs_path", "The address names another folder than the option.", limit: path, hint: "Leave one of them out."
            )
        }
        if branch == nil { try check(own, field: "web_url") }
        return (own == head ? nil : own, wanted ?? path)
    }

    /// Refuses what git would not take for a branch and what would be something else in an address.
    private static func check(_ branch: String, field: String) throws(Fault) {
        let isName =
            (1...250).contains(branch.utf8.count) && !branch.hasPrefix("/") && !branch.hasSuffix("/") && !branch.hasPrefix("-")
            && !branch.contains("..") && !branch.contains("//")
            && branch.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && !"~^:?*[\\".unicodeScalars.contains($0) }
        guard isName else { throw .invalid(field: field, "The name of the branch is not valid.", limit: "1 to 250 bytes, as git allows") }
    }

    private static func folder(_ text: String) throws(Fault) -> String {
        let segments = text.split(separator: "/")
        guard !segments.contains(where: { $0 == "." || $0 == ".." }),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw .invalid(field: "options.docs_path", "The folder has dot segments or control characters.", limit: "a path from the root")
        }
        return segments.joined(separator: "/")
    }

    private static func endings(_ text: String?) throws(Fault) -> [String: PageContentType] {
        let all: [String: PageContentType] = [
            ".md": .markdown, ".markdown": .markdown, ".html": .html, ".htm": .html, ".rst": .plain, ".txt": .plain,
        ]
        var result: [String: PageContentType] = [:]
        for part in (text ?? ".md,.markdown,.html").split(separator: ",") {
            let ending = part.filter { $0 != " " }.lowercased()
            guard let type = all[ending] else {
                throw .invalid(
                    field: "options.extensions", "Files that end in \(ending.prefix(20)) cannot be read.",
                    limit: all.keys.sorted().joined(separator: ", "))
            }
            result[ending] = type
        }
        guard !result.isEmpty else {
            throw .invalid(field: "options.extensions", "There is no ending.", limit: all.keys.sorted().joined(separator: ", "))
        }
        return result
    }

    private static func isName(_ text: String, _ length: Int) -> Bool {
        (1...length).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F
            }
    }
}
