DROP TABLE IF EXISTS codeintel_symbols;
DROP TABLE IF EXISTS codeintel_documents;
