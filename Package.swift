// swift-tools-version:6.3
import PackageDescription

// One row per room of docs/architecture.md. `PORTOLAN_ROOMS=Postgres,PostgresTests swift test` narrows the package to those
// targets and what they need, so that work on one room does not build the web server.

let swiftSettings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

struct Product {
    let name: String
    let package: String
    init(_ name: String, _ package: String) { (self.name, self.package) = (name, package) }
}

let locks = Product("NIOConcurrencyHelpers", "swift-nio")
let nio = [Product("NIOCore", "swift-nio"), Product("NIOPosix", "swift-nio")]
let http1 = Product("NIOHTTP1", "swift-nio")
let logging = Product("Logging", "swift-log")
let lifecycle = Product("ServiceLifecycle", "swift-service-lifecycle")
let signals = Product("UnixSignals", "swift-service-lifecycle")
let hummingbird = Product("Hummingbird", "hummingbird")
let httpTypes = Product("HTTPTypes", "swift-http-types")
let arguments = Product("ArgumentParser", "swift-argument-parser")

let registry: [String: Package.Dependency] = [
    "swift-nio": .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
    "swift-log": .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
    "swift-service-lifecycle": .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    "hummingbird": .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1", traits: []),
    "swift-http-types": .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0", traits: []),
    "swift-argument-parser": .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
]

enum Kind {
    case swift, main, test
    case system(pkgConfig: String?, apt: String)
    case c(linked: [String] = [], excluded: [String] = [])
}

struct Room {
    let name: String
    let kind: Kind
    let needs: [String]
    let products: [Product]

    var target: Target {
        let dependencies: [Target.Dependency] =
            needs.map { .byName(name: $0) } + products.map { .product(name: $0.name, package: $0.package) }
        switch kind {
        case .swift: return .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
        case .main: return .executableTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
        case .test: return .testTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
        case .system(let pkgConfig, let package):
            return .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
        case .c(let linked, let excluded):
            // Kernels in an unoptimized build are 30 times slower, which would make the integration tests crawl.
            return .target(
                name: name, dependencies: dependencies, exclude: excluded,
                cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))],
                linkerSettings: linked.map { .linkedLibrary($0) })
        }
    }
}

func room(_ name: String, _ kind: Kind = .swift, needs: [String] = [], products: [Product] = []) -> Room {
    Room(name: name, kind: kind, needs: needs, products: products)
}

let rooms: [Room] = [
    // C
    room("CPlatform", .c()),
    room("CProcess", .c()),
    room("CLibpq", .system(pkgConfig: "libpq", apt: "libpq-dev")),
    room("CHiredis", .system(pkgConfig: "hiredis", apt: "libhiredis-dev")),
    room("CLibcurl", .system(pkgConfig: "libcurl", apt: "libcurl4-openssl-dev")),
    room("CProtobufC", .system(pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev")),
    room("CMarkup", .system(pkgConfig: "libxml-2.0", apt: "libxml2-dev libcmark-gfm-dev libcmark-gfm-extensions-dev")),
    room("CStemmer", .system(pkgConfig: nil, apt: "libstemmer-dev")),
    room("CUnicode", .system(pkgConfig: nil, apt: "libutf8proc-dev")),
    room("CYAML", .system(pkgConfig: "yaml-0.1", apt: "libyaml-dev")),
    room("CTLS", .system(pkgConfig: "libssl", apt: "libssl-dev")),
    room("CRaptor", .system(pkgConfig: nil, apt: "libraptor2-0")),
    room("CArchive", .system(pkgConfig: "libarchive", apt: "libarchive-dev")),
    room("CCrypto", .system(pkgConfig: "libcrypto", apt: "libssl-dev")),
    room("CInference", .c(linked: ["m"])),
    room("CMessages", .c(excluded: ["messages.proto", "generate"]), needs: ["CProtobufC"]),
    // base
    room("Primitives", products: [locks]),
    room("Digests", needs: ["CCrypto"]),
    room("Domain", needs: ["Primitives"]),
    room("APIModel", needs: ["Primitives"]),
    room("Messages", needs: ["Primitives", "CMessages", "CProtobufC"]),
    // run-time
    room("Reactor", needs: ["CPlatform", "Primitives"]),
    room("ResourcePool", needs: ["Primitives"]),
    room("Resilience", needs: ["Primitives"]),
    // driver
    room("Postgres", needs: ["CLibpq", "Reactor", "ResourcePool", "Primitives", "Digests"], products: [logging]),
    room("Redis", needs: ["CHiredis", "CTLS", "Primitives"], products: nio + [logging]),
    room("Fetch", needs: ["CLibcurl", "Primitives", "Resilience"], products: [logging]),
    room("Telemetry", needs: ["Primitives"], products: [logging]),
    room("Inference", needs: ["CInference", "Primitives", "Digests"]),
    room("EmbeddedServices", needs: ["CProcess", "Primitives"]),
    // logic
    room("Processing", needs: ["Domain", "Primitives", "Digests", "CMarkup", "CStemmer"]),
    room("Ontologies", needs: ["Digests", "CRaptor"]),
    room("Policy", needs: ["Domain", "Primitives", "CUnicode"]),
    room("MCP", needs: ["Digests", "Primitives"]),
    room("Archives", needs: ["CArchive", "Domain", "Primitives", "Policy", "Digests"]),
    // adapter
    room("Fleet", needs: ["Primitives", "Redis", "Resilience"]),
    room("Storage", needs: ["Domain", "Primitives", "Postgres", "Digests", "Policy"], products: [logging]),
    room(
        "JobQueue", needs: ["Domain", "Primitives", "Messages", "ResourcePool", "Postgres", "Redis", "Resilience"], products: [logging]),
    room(
        "Connectors", needs: ["Domain", "Primitives", "Resilience", "Fetch", "Policy", "Processing", "Digests", "Ontologies", "Archives"],
        products: [logging]),
    room("ObjectStorage", needs: ["Domain", "Primitives", "Digests", "Resilience", "Fetch", "Policy"]),
    room("Models", needs: ["Domain", "Primitives", "Resilience", "Inference", "Fetch"], products: [logging]),
    room("MCPHosting", needs: ["MCP", "Primitives"], products: [hummingbird, httpTypes, logging] + nio),
    // use case
    room("Ingestion", needs: ["Catalog", "Domain", "Primitives", "Processing", "Policy", "Resilience", "Digests"], products: [logging]),
    room("Retrieval", needs: ["Domain", "Primitives", "Digests", "Processing", "Resilience"], products: [logging]),
    room("Catalog", needs: ["Domain", "Primitives", "Digests"], products: [logging]),
    room("Operations", needs: ["Domain", "Primitives", "Digests", "EmbeddedServices"], products: [logging]),
    // edge
    room(
        "APIServer",
        needs: [
            "Domain", "Primitives", "APIModel", "MCP", "MCPHosting", "Ingestion", "Retrieval", "Telemetry", "Resilience", "Digests",
            "Processing",
        ],
        products: [hummingbird, httpTypes, lifecycle, logging] + nio),
    room(
        "WorkerService", needs: ["Catalog", "Domain", "Primitives", "Connectors", "Ingestion", "JobQueue", "Postgres", "Telemetry"],
        products: [logging, lifecycle]),
    room("APIClient", needs: ["APIModel", "Primitives", "Fetch"]),
    room(
        "Composition",
        needs: [
            "Domain", "Primitives", "Digests", "APIModel", "Messages", "Reactor", "ResourcePool", "Resilience", "Postgres", "Redis",
            "Fleet", "Fetch", "Archives", "Catalog", "ObjectStorage", "Operations",
            "Telemetry", "Inference", "EmbeddedServices", "Processing", "Policy", "MCP", "Storage", "JobQueue", "Connectors", "Models",
            "Ingestion", "Retrieval", "APIServer", "WorkerService", "APIClient", "CYAML",
        ], products: [lifecycle, signals, logging]),
    // main
    room(
        "portolan", .main,
        needs: ["Catalog", "Composition", "APIClient", "APIModel", "Domain", "Fetch", "Operations", "Primitives", "Storage"],
        products: [arguments, signals]),
    room(
        "Evaluation", .main,
        needs: [
            "Domain", "Fleet", "Telemetry", "Primitives", "Digests", "Processing", "Resilience", "EmbeddedServices", "Postgres", "Redis",
            "Fetch", "Policy",
            "Ontologies", "Archives", "Storage", "JobQueue", "Connectors", "Models", "Ingestion", "Retrieval", "TestSupport",
        ], products: [arguments, logging]),
    room("EndpointBench", .main, needs: ["MCP", "MCPHosting", "Primitives"], products: [arguments, hummingbird, logging]),
    room("conformance-server", .main, needs: ["MCP", "MCPHosting", "Primitives"], products: [arguments, logging]),
    // test
    room(
        "FuzzTargets",
        needs: ["Connectors", "Domain", "Inference", "MCP", "Messages", "Postgres", "Primitives", "Processing", "Redis"], products: nio),
    room("CDeath", .c()),
    room("CFuzzer", .system(pkgConfig: nil, apt: "")),
    room("Fuzzing", .main, needs: ["CFuzzer", "FuzzTargets"]),
    room("TestSupport", needs: ["CCrypto", "Primitives", "EmbeddedServices"], products: nio + [http1]),
    room("FuzzTargetsTests", .test, needs: ["FuzzTargets"]),
    room("PrimitivesTests", .test, needs: ["Primitives"]),
    room("DigestsTests", .test, needs: ["Digests", "TestSupport"]),
    room("InferenceTests", .test, needs: ["Inference"]),
    room(
        "PostgresTests", .test, needs: ["Postgres", "EmbeddedServices", "Reactor", "ResourcePool", "TestSupport"], products: nio + [logging]
    ),
    room("RedisTests", .test, needs: ["Redis", "Primitives", "TestSupport", "EmbeddedServices"], products: nio + [logging]),
    room("EmbeddedServicesTests", .test, needs: ["EmbeddedServices", "TestSupport"]),
    room("FetchTests", .test, needs: ["Fetch", "Primitives", "Resilience", "TestSupport"]),
    room("ArchivesTests", .test, needs: ["Archives", "Domain", "Policy", "Primitives", "EmbeddedServices", "TestSupport"]),
    room("PolicyTests", .test, needs: ["Policy", "Domain", "Primitives"]),
    room("ObjectStorageTests", .test, needs: ["ObjectStorage", "Domain", "Fetch", "Policy", "Primitives", "TestSupport"]),
    room(
        "ConnectorsTests", .test,
        needs: [
            "Processing", "Connectors", "Ontologies", "ObjectStorage", "Digests", "Domain", "EmbeddedServices", "Fetch", "Policy",
            "Primitives", "TestSupport",
        ]),
    room("ProcessingTests", .test, needs: ["Processing", "TestSupport"]),
    room("OntologiesTests", .test, needs: ["Ontologies", "TestSupport"]),
    room("MCPTests", .test, needs: ["MCP"]),
    room("MessagesTests", .test, needs: ["Messages", "Primitives"]),
    room("TelemetryTests", .test, needs: ["Telemetry"]),
    room("ResilienceTests", .test, needs: ["Resilience", "Primitives"]),
    room(
        "FleetTests", .test, needs: ["Fleet", "Primitives", "Redis", "Resilience", "TestSupport", "EmbeddedServices"], products: [logging]),
    room(
        "StorageTests", .test,
        needs: ["Storage", "Domain", "EmbeddedServices", "Postgres", "Primitives", "Digests", "Policy", "TestSupport"],
        products: [logging]),
    room(
        "JobQueueTests", .test,
        needs: ["JobQueue", "Storage", "Domain", "Messages", "ResourcePool", "Postgres", "Redis", "Primitives", "TestSupport"],
        products: [logging]),
    room("ModelsTests", .test, needs: ["Models", "Domain", "Fetch", "Primitives", "TestSupport"]),
    room(
        "IngestionTests", .test,
        needs: [
            "Ingestion", "Domain", "JobQueue", "Retrieval", "Resilience", "Policy", "Storage", "Postgres", "Primitives", "Processing",
            "Digests", "TestSupport",
        ], products: [logging]),
    room(
        "CatalogTests", .test,
        needs: [
            "portolan", "Catalog", "Archives", "Connectors", "Digests", "Domain", "EmbeddedServices", "Fetch", "Ingestion",
            "ObjectStorage", "Policy", "Postgres", "Primitives", "Storage", "TestSupport",
        ], products: [logging]),
    room(
        "RetrievalTests", .test,
        needs: [
            "Retrieval", "Storage", "Domain", "EmbeddedServices", "Ingestion", "Models", "Postgres", "Primitives", "Processing",
            "Resilience",
            "TestSupport",
        ], products: [logging]),
    room(
        "WorkerServiceTests", .test,
        needs: [
            "WorkerService", "Catalog", "Connectors", "Domain", "Fetch", "Ingestion", "JobQueue", "Telemetry", "ObjectStorage", "Policy",
            "Postgres", "Primitives", "Redis", "Resilience", "Storage", "TestSupport",
        ], products: [logging]),
    room(
        "OperationsTests", .test,
        needs: [
            "Operations", "Digests", "Domain", "EmbeddedServices", "Fetch", "ObjectStorage", "Policy", "Postgres", "Primitives", "Storage",
            "TestSupport",
        ], products: [logging]),
    room("APIClientTests", .test, needs: ["APIClient", "APIModel", "Fetch", "Primitives"], products: nio + [http1]),
    room(
        "APIServerTests", .test,
        needs: [
            "APIServer", "APIClient", "APIModel", "Connectors", "Digests", "Domain", "EmbeddedServices", "Fetch", "Ingestion", "MCP",
            "MCPHosting", "Policy", "Postgres", "Primitives", "Processing", "Resilience", "Retrieval", "Storage", "Telemetry",
            "TestSupport",
        ], products: [lifecycle, logging, httpTypes] + nio),
    room(
        "CommandLineTests", .test,
        needs: ["portolan", "APIModel", "Domain", "EmbeddedServices", "Fetch", "Postgres", "Primitives", "Storage", "TestSupport"],
        products: [arguments, logging]),
    room(
        "CompositionTests", .test,
        needs: [
            "Composition", "APIServer", "Archives", "Catalog", "Connectors", "Digests", "Domain", "Fleet", "JobQueue", "Redis",
            "Resilience",
            "EmbeddedServices", "Fetch", "Ingestion", "ObjectStorage", "Policy", "Postgres", "Primitives", "Storage", "Telemetry",
            "TestSupport",
        ], products: [logging]),
    room(
        "AcceptanceTests", .test,
        needs: [
            "portolan", "TestSupport", "EmbeddedServices", "Fetch", "APIClient", "APIModel", "Digests", "Domain", "MCP", "ObjectStorage",
            "Policy", "Primitives", "Postgres",
        ],
        products: [logging]),
]

// MARK: - Narrowing

func closure(of names: [String]) -> Set<String> {
    var wanted: Set<String> = []
    var open = names
    while let name = open.popLast() {
        if wanted.insert(name).inserted { open += rooms.first { $0.name == name }?.needs ?? [] }
    }
    return wanted
}

// These link with libFuzzer, which only the build of deploy/fuzz has.
let byNameOnly: Set<String> = ["CFuzzer", "Fuzzing"]
let narrowed = Context.environment["PORTOLAN_ROOMS"].map { closure(of: $0.split(separator: ",").map(String.init)) }
let chosen = rooms.filter { narrowed?.contains($0.name) ?? !byNameOnly.contains($0.name) }
let packages = Set(chosen.flatMap { $0.products.map(\.package) })

let package = Package(
    name: "portolan",
    platforms: [.macOS(.v26)],
    // Tests load it into processes of the product; nothing links with it.
    products: chosen.contains { $0.name == "CDeath" } ? [.library(name: "CDeath", type: .dynamic, targets: ["CDeath"])] : [],
    dependencies: registry.filter { packages.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value),
    targets: chosen.map(\.target)
)
