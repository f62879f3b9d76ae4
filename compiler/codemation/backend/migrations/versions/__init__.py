"""One module for each revision. What was released is never edited: databases remember its checksum."""
