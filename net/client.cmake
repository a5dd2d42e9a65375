target_sources(net PRIVATE)
