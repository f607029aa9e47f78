import { mount } from '../ui/mount.tsx';
import { CallbackPage } from './callback.tsx';

mount(CallbackPage);
