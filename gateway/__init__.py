"""The product: store, pipeline, transports, sinks, service and command line around the pure packages."""
