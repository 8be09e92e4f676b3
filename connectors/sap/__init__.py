"""SAP S/4HANA over OData."""
