"""The Python of the pipeline, one room per job. lib/ starts its programs: python tools ROOM.NAME ARGUMENT..."""
