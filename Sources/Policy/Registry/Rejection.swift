package import Domain

/// Why a gate stopped something. All of it is safe for strangers: secrets, queries and paths are scrubbed before they get here.
package struct Rejection: Sendable, Hashable, CustomStringConvertible {
    /// A code of the catalog.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let description: String
        private init(_ text: String) { description = text }

        /// A setting is missing that the command cannot do without.
        package static let configMissing = Code("E_CONFIG_VALIDATION")
        /// A setting has a value that it may not have.
        package static let configInvalid = Code("E_CONFIG_INVALID")
        /// The scheme is not allowed.
        package static let scheme = Code("E_SCHEME")
        /// The address has a user name or password.
        package static let userInfo = Code("E_USERINFO")
        /// The host is malformed, deceptive, or not on the list.
        package static let hostDenied = Code("E_HOST_DENY")
        /// The port is not allowed.
        package static let portDenied = Code("E_PORT_DENY")
        /// The host does not resolve.
        package static let nameFailed = Code("E_DNS_FAIL")
        /// The address is not public and not in an allowed network.
        package static let privateNetwork = Code("E_PRIVATE_NET")
        /// The redirect leads where it may not, or there are too many.
        package static let redirectDenied = Code("E_REDIRECT_DENY")
        /// The redirect leads back.
        package static let redirectLoop = Code("E_REDIRECT_LOOP")
        /// The path is absolute, leads upwards, or begins with a dot.
        package static let traversal = Code("E_TRAVERSAL")
        /// The path has too many bytes.
        package static let pathLength = Code("E_PATH_LEN")
        /// The path has too many levels.
        package static let depth = Code("E_DEPTH")
        /// One name in the path has too many bytes.
        package static let segmentLength = Code("E_SEGMENT_LEN")
        /// A common system cannot hold the name, or would show it as another one.
        package static let portability = Code("E_PORTABILITY")
        /// Two paths are the same where case and normal form do not count.
        package static let caseFoldCollision = Code("E_CASEFOLD_COLLISION")
        /// The path is taken: a file is there already, or a folder where a file should go.
        package static let overwriteFile = Code("E_OVERWRITE_FILE")
        /// The operation would replace or remove the root.
        package static let overwriteRoot = Code("E_OVERWRITE_ROOT")
        /// Too many entries, or more names than they may have.
        package static let entryBudget = Code("E_ENTRY_BUDGET")
        /// All entries together are too large for the archive they come from.
        package static let bombRatio = Code("E_BOMB_RATIO")
        /// One entry is too large for its part of the archive.
        package static let entryRatio = Code("E_ENTRY_RATIO")
        /// An entry declares a size that is not allowed.
        package static let fileSize = Code("E_FILE_SIZE")
        /// An entry goes on beyond its declared or allowed size.
        package static let fileSizeStream = Code("E_FILE_SIZE_STREAM")
        /// A link, a device, a pipe or a socket.
        package static let specialType = Code("E_SPECIAL_TYPE")
        /// The extraction takes too long.
        package static let extractionTime = Code("E_EXTRACT_TIME")
        /// The operation is none that the store knows.
        package static let storageOperation = Code("E_STORAGE_PUT")
        /// The source of an operation is missing.
        package static let storageSource = Code("E_STORAGE_MOVE")
        /// The transaction may not be ended or written this way.
        package static let transaction = Code("E_DB_TX")
        /// The statement is none that the program registered.
        package static let queryTemplate = Code("E_QUERY_TEMPLATE")
        /// The text is not one statement that only reads.
        package static let queryStatement = Code("E_QUERY_STATEMENT")
        /// A value stands in the text instead of in a parameter.
        package static let queryParameter = Code("E_QUERY_PARAMETER")
        /// The statement reads a table that it may not read, or joins tables without a condition.
        package static let queryTable = Code("E_QUERY_TABLE")
        /// The statement asks for too many rows, or for any number of them.
        package static let queryLimit = Code("E_QUERY_LIMIT")
        /// The statement follows relations too far, or nests too deep.
        package static let queryDepth = Code("E_QUERY_DEPTH")
        /// The database expects the statement to take too much work, or it may take too long.
        package static let queryCost = Code("E_QUERY_COST")
        /// The gate itself failed; what it could not check does not pass.
        package static let gateFailed = Code("E_GATE_FAILED")
    }

    /// The code.
    package let code: Code
    /// One sentence.
    package let message: String
    /// The input field at fault.
    package let field: String
    /// The bound, as text.
    package let limit: String?
    /// What to do about it.
    package let hint: String?
    /// What was refused, scrubbed.
    package let details: [String: String]

    package init(_ code: Code, _ message: String, field: String, limit: String? = nil, hint: String? = nil, details: [String: String] = [:])
    {
        self.code = code
        self.message = message
        self.field = field
        self.limit = limit
        self.hint = hint
        self.details = Scrubbing.details(details)
    }

    package var description: String { "\(code): \(message)" }

    /// The rejection as the error of a use case.
    package var fault: Fault {
        Fault(.security, code: code.description, message, field: field, limit: limit, hint: hint)
    }
}
