"""What Gradio keeps of a visit after its end, and how to have it forget that.

It holds the state of every visit for good, up to 10,000 of them: some 0.3 MB each, with the last
previews in it, which shall go when the visitor does.
"""

from __future__ import annotations

import gradio as gr


def forget_visit(blocks: gr.Blocks, session: str) -> bool:
    """Drop the state and the undelivered messages of a visit that has ended.

    Args:
        blocks: the page that is served.
        session: the number of the visit.

    Returns:
        False where something of it is still at work, which will make a state anew.
    """
    holder, queue = blocks.state_holder, blocks._queue
    with holder.lock:
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)
    waiting = queue.pending_event_ids_session.get(session, set())
    if any(event in queue.event_ids_to_events for event in list(waiting)):
        return False
    queue.pending_event_ids_session.pop(session, None)
    queue.pending_messages_per_session.pop(session, None)
    return True


def forget_files(blocks: gr.Blocks) -> None:
    """Drop the lists of all files ever sent and made, which are the visits' to delete."""
    for names in blocks.temp_file_sets:
        names.clear()
