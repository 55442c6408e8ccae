"""Archives: more photographs than one machine does in a night, with a record of each.

Ray Data has the rows done, wherever there are processors; here is what a row is, what becomes of
it, and what lies in the folder of an archive. How one photo is colorized is the engine's business.
"""
